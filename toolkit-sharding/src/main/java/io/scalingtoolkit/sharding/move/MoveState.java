// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

/**
 * How far a move has got. Up to {@link #FREEZING} it can be aborted, from {@link #SOAKING} it can
 * be rolled back; the step from {@link #FREEZING} to {@link #SWITCHED} is what decides.
 */
public enum MoveState {
  /** Written down; nothing has been touched. */
  PLANNED,
  /** Changes on the source are noted, and its rows are copied. */
  COPYING,
  /** All rows have been copied; noted changes are carried over. */
  CATCHING_UP,
  /** Both sides are compared. */
  VERIFYING,
  /** Writers of these slots are kept out of the source, or about to be. */
  FREEZING,
  /** The map names the target, which is about to take writes. */
  SWITCHED,
  /** The target takes writes, and the source is kept the same for the way back. */
  SOAKING,
  /** The rows on the source are being deleted. */
  FINALIZING,
  /** The slots are at the target, and nothing of the move is left. */
  DONE,
  /** Writers are kept out of the target, or about to be, for the way back. */
  RETURNING,
  /** The map names the source again, which is about to take writes. */
  RETURNED,
  /** The slots are at the source again, and nothing of the move is left. */
  ROLLED_BACK,
  /** The move is being undone before it took effect. */
  ABORTING,
  /** The slots stayed at the source, and nothing of the move is left. */
  ABORTED;

  /** Whether nothing more will happen. */
  public boolean isFinal() {
    return this == DONE || this == ROLLED_BACK || this == ABORTED;
  }
}
