// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.sql.SQLException;

/**
 * Says whether replicas have what a move brought to their primary, so that reads of replicas miss
 * no row.
 *
 * <p>It is asked of the new owner of the slots, every 50 ms until it says yes: after the switch,
 * before the move goes from {@link MoveState#SWITCHED} to {@link MoveState#SOAKING}, or on its way
 * back from {@link MoveState#RETURNED} on; and again before the rows of the other side are deleted.
 * Until it has said yes for the first time the slots of the move are to be read from the primary.
 *
 * <p>Called by the thread of the mover, while no writer is kept out.
 */
@FunctionalInterface
public interface ReplicaWait {
  /** For shards that nobody reads replicas of. */
  ReplicaWait NONE = (move, shard) -> true;

  /**
   * Whether all replicas of the shard that are read have what its primary had when this was first
   * asked for this state of the move.
   *
   * @param move as it is
   * @param shard the name of the new owner of its slots
   * @throws SQLException if that cannot be found out; the move stays where it is, and {@link
   *     Mover#resume} goes on with it
   */
  boolean caughtUp(Move move, String shard) throws SQLException;
}
