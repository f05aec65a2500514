// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/** What the control database says about the move. */
enum MoveState {
  NONE,
  /** Armed, copying or catching up. */
  COPYING,
  /** The source is frozen. */
  FROZEN,
  /** The map names the target. */
  SWITCHED,
  /** The target is owned and its changes go back to the source. */
  SOAK,
  /** There is no way back. */
  FINALIZING,
  DONE,
  ABORTING,
  ABORTED,
  /** Going back to the source was decided. */
  RETURNING,
  /** The target is frozen. */
  RETURN_FROZEN,
  /** The map names the source again. */
  RETURN_SWITCHED,
  ROLLED_BACK;

  private static final MoveState[] VALUES = values();

  static MoveState of(int ordinal) {
    return VALUES[ordinal];
  }

  boolean isEnd() {
    return this == DONE || this == ABORTED || this == ROLLED_BACK;
  }

  boolean isLive() {
    return this != NONE && !isEnd();
  }
}
