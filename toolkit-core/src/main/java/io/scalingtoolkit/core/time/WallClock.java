// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.time;

import java.time.Instant;

/**
 * A source of calendar time: what the date is, as far as this machine knows.
 *
 * <p>Use it for timestamps that people or other systems read. Do not use it to measure durations or
 * to order events: it may jump forwards and backwards at any moment, and two machines disagree.
 *
 * <p>Implementations are thread-safe and never block.
 */
@FunctionalInterface
public interface WallClock {

  /** Returns the current date; it may be before a date returned earlier. */
  Instant now();

  /** Returns the clock of this machine, which is {@link Instant#now()}. */
  static WallClock system() {
    return SystemWallClock.INSTANCE;
  }
}
