// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import org.jspecify.annotations.Nullable;

/** Knows the transaction of the calling thread; thread-safe. */
interface Transactions {
  /** For applications that have none. */
  Transactions NONE = () -> null;

  /** Returns the transaction that changes have to wait for, null if there is none. */
  @Nullable Current current();

  /** Tells whether it may read from a replica, and nowhere else any more. */
  default boolean isPinned() {
    return false;
  }

  /**
   * A transaction; immutable.
   *
   * @param shares whether what it loads can be handed to others before it has committed, since it
   *     writes nothing
   * @param keeps whether what it loads can be kept when it has committed: not if it may have been
   *     read from a snapshot that was old already
   */
  record Current(PendingChanges changes, boolean shares, boolean keeps) {}
}
