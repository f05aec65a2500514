// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.consistency.Position;

/**
 * One answer of one server about itself; immutable.
 *
 * @param role its role at that time
 * @param cluster which cluster it belongs to; empty where the product has no such identity
 * @param history number of promotions in its history that the product counts, 0 where it counts
 *     none
 * @param incarnation differs between two starts of the server process
 * @param position how far it had got: what a replica had replayed; of a primary a position that all
 *     it has committed is covered by
 * @param written the same, but of a primary what it has written, which may be past {@code position}
 * @param sentNanos monotonic time before the question was sent
 * @param receivedNanos monotonic time after the answer arrived
 */
public record Sample(
    Role role,
    String cluster,
    long history,
    String incarnation,
    Position position,
    Position written,
    long sentNanos,
    long receivedNanos) {

  /** A sample of a product that knows one position alone. */
  public Sample(
      Role role,
      String cluster,
      long history,
      String incarnation,
      Position position,
      long sentNanos,
      long receivedNanos) {
    this(role, cluster, history, incarnation, position, position, sentNanos, receivedNanos);
  }

  /** Tells whether the server accepted writes. */
  public boolean isPrimary() {
    return role == Role.PRIMARY;
  }
}
