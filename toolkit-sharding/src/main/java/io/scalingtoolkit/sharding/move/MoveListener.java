// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.time.Duration;

/**
 * Is told what a mover does.
 *
 * <p>Called by the thread of the mover, under no lock; what it throws ends the work on that move as
 * a crash would.
 */
public interface MoveListener {
  /** Does nothing. */
  MoveListener NONE = new MoveListener() {};

  /** A move is in another state, or has copied more rows. */
  default void progressed(Move move) {}

  /**
   * A step is about to be taken, or was: {@code freeze} or {@code freeze.done}, for instance. For
   * tests that let a mover die there.
   */
  default void step(Move move, String label) {}

  /**
   * Writers of a group can write again.
   *
   * @param pause from when they were first kept out
   */
  default void paused(Move move, Duration pause) {}
}
