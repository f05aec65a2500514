// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import org.jspecify.annotations.Nullable;

/**
 * What one key owes; thread-safe, lock-free.
 *
 * <p>A cell can be frozen: it then changes no more, and whoever meets it puts its successor in its
 * place. That is how limits change and how a cell that owes nothing is taken out.
 */
abstract class Cell {
  /** The answer of a frozen cell, or of one whose limits are stale. */
  static final long MOVED = Long.MIN_VALUE;

  /** The answer where the burst is smaller than what is asked for. */
  static final long ABOVE_BURST = Long.MIN_VALUE + 1;

  /** A wait of centuries, whose complement is neither of the answers above. */
  static final long UNCOUNTED = Long.MAX_VALUE - 2;

  private static final long MOST_AHEAD = 3 * Limits.MAX_UNITS;

  final Limits limits;

  Cell(Limits limits) {
    this.limits = limits;
  }

  /**
   * Takes permits if they are there within some time.
   *
   * @param permits at least 1
   * @param maxWaitNanos 0 or more
   * @param taken receives the arrival times right after; may be null
   * @return the nanoseconds until they are there, 0 or more; if that is too long, which takes
   *     nothing, the complement {@code ~} of the nanoseconds after which it would not be; or {@link
   *     #MOVED} or {@link #ABOVE_BURST}
   */
  abstract long take(long nowNanos, long permits, long maxWaitNanos, long @Nullable [] taken);

  /** Returns the arrival times as they are now, without the mark of a frozen cell. */
  abstract long[] arrivals();

  /**
   * Gives permits back that were taken with {@code taken} as the arrival times right after, as far
   * as nobody has been promised a time because of them.
   */
  abstract void giveBack(long permits, long[] taken);

  /** Lets nothing change from now on; does nothing the second time. */
  abstract void freeze();

  abstract boolean isFrozen();

  /** Freezes it if it owes nothing; tells whether it does and is frozen. */
  abstract boolean freezeIfClear(long nowNanos);

  /** Returns the cell that takes its place. */
  final Cell successor(Limits next, long nowNanos) {
    return next.successor(limits, arrivals(), nowNanos);
  }

  /**
   * Returns the nanoseconds until a bandwidth has room for an arrival time; 0 or less for none, and
   * {@link #UNCOUNTED} where it lies further ahead than is counted.
   */
  static long waitNanos(Pace pace, long next, long nowUnits) {
    long wait = next - nowUnits - pace.capacity();
    if (wait <= 0) {
      return 0;
    }
    return next > MOST_AHEAD ? UNCOUNTED : pace.nanos(wait);
  }

  /** Returns how much of {@code cost} is given back by whoever had {@code taken}. */
  static long refund(long cost, long taken, long arrival) {
    // What was taken after it has been promised times that follow from it.
    // An arrival time before it means that an earlier turn was given back, which is not given
    // twice.
    return Math.max(0, cost - Math.max(0, arrival - taken));
  }
}
