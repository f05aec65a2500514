// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.time;

/**
 * A source of elapsed time: readings whose differences are durations and whose values mean nothing.
 *
 * <p>Use it for deadlines, rates, ages and for ordering events inside one process. Do not use it
 * for dates, and do not compare readings of two processes or of two clocks. It never goes back and
 * is not moved by changes of the system date.
 *
 * <p>Implementations are thread-safe and never block.
 */
@FunctionalInterface
public interface MonotonicClock {

  /**
   * Returns the current reading in nanoseconds since an arbitrary origin.
   *
   * <p>A reading may be negative and may wrap around. Compare two readings {@code a} and {@code b}
   * only by the sign of {@code a - b}; they must be less than 2<sup>63</sup> ns (292 years) apart.
   */
  long nanoTime();

  /** Returns the clock of this process, which is {@link System#nanoTime()}. */
  static MonotonicClock system() {
    return SystemMonotonicClock.INSTANCE;
  }
}
