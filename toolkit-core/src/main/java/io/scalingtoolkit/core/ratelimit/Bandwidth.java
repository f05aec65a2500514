// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.time.Duration;
import java.util.Objects;

/**
 * One rate and its burst; immutable. Permits come back evenly over the period, not at its end.
 *
 * @param permits 1 to 100,000,000,000
 * @param period the time in which so many come back, 1 ns to 3,650 days, and so long that it is at
 *     most 1e9 permits a second
 * @param burst the most that may be done at once, 1 to 100,000,000,000, and at most what comes back
 *     in 3,650 days
 */
public record Bandwidth(long permits, Duration period, long burst) {
  static final long MAX_PERMITS = 100_000_000_000L;
  static final Duration MAX_PERIOD = Duration.ofDays(3_650);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public Bandwidth {
    checkPermits(permits);
    Objects.requireNonNull(period, "period");
    if (period.isNegative() || period.isZero() || period.compareTo(MAX_PERIOD) > 0) {
      throw new IllegalArgumentException("period must be 1 ns to 3650 days, was " + period);
    }
    if (permits > period.toNanos()) {
      throw new IllegalArgumentException(
          "permits must be at most 1e9 a second, were " + permits + " per " + period);
    }
    if (burst < 1 || burst > MAX_PERMITS) {
      throw new IllegalArgumentException("burst must be 1 to 100000000000, was " + burst);
    }
    double refillNanos = (double) burst / permits * period.toNanos();
    if (refillNanos > MAX_PERIOD.toNanos()) {
      throw new IllegalArgumentException(
          "burst must come back within 3650 days, but %d at %d per %s takes %.0f"
              .formatted(burst, permits, period, refillNanos / Duration.ofDays(1).toNanos()));
    }
  }

  static long checkPermits(long permits) {
    if (permits < 1 || permits > MAX_PERMITS) {
      throw new IllegalArgumentException("permits must be 1 to 100000000000, were " + permits);
    }
    return permits;
  }

  @Override
  public String toString() {
    return permits + " per " + period + (burst == permits ? "" : ", burst " + burst);
  }
}
