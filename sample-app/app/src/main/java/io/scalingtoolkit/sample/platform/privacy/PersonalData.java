// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.privacy;

import java.util.function.Consumer;

/**
 * One feature's store of things about a person. Every feature that keeps such things has a bean of
 * this type; the account feature collects them for export and erasure. Implementations are
 * thread-safe.
 */
public interface PersonalData {

  /**
   * Names the part of the export that this feature fills.
   *
   * @return a lower-case JSON field name, unique among the implementations
   */
  String section();

  /**
   * Hands over everything stored about the user, one thing after the other, so that a large account
   * needs no more memory than a small one. Called inside a read-only transaction.
   *
   * @param userId the user's identifier
   * @param sink takes what Jackson can write: a map, record or {@code JsonText}; the things become
   *     one JSON array
   */
  void export(String userId, Consumer<Object> sink);

  /**
   * Removes everything stored about the user. Called inside the transaction that removes the
   * account, before the user row goes; files are removed after its commit by the implementation,
   * which also sweeps at the next start what a crash left behind.
   *
   * @param userId the user's identifier
   */
  void erase(String userId);
}
