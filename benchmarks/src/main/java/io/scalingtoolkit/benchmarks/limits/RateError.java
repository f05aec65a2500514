// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;

/** How far a limiter is from its rate in the long run, on a clock that is moved by hand. */
public final class RateError {
  private static final int STEPS = 1_000_000;
  private static final long YEARS_NANOS = Duration.ofDays(50_000).toNanos();

  /**
   * From a permit a day to a thousand million a second, with intervals that are no whole number.
   */
  private static final List<RateLimit> LIMITS =
      List.of(
          RateLimit.of(1).per(Duration.ofDays(1)),
          RateLimit.of(1).per(Duration.ofHours(3)),
          RateLimit.of(7).per(Duration.ofSeconds(1)),
          RateLimit.of(999).per(Duration.ofMillis(1_001)),
          RateLimit.of(999_983).per(Duration.ofSeconds(1)),
          RateLimit.of(999_999_937).per(Duration.ofSeconds(1)),
          RateLimit.of(1_000_000_000).per(Duration.ofSeconds(1)));

  private RateError() {}

  /** Returns the largest part of a rate that is missing; a rate that is exceeded is below zero. */
  public static double worst() {
    double worst = 0;
    for (RateLimit limit : LIMITS) {
      double error = of(limit);
      if (error < 0) {
        return error;
      }
      worst = Math.max(worst, error);
    }
    return worst;
  }

  static double of(RateLimit limit) {
    long[] now = {0};
    RateLimiter limiter = RateLimiters.local(limit, () -> now[0]);
    long burst = limit.bandwidths().get(0).burst();
    long period = limit.bandwidths().get(0).period().toNanos();
    limiter.tryAcquire(burst);
    // Half a burst at a time, so that none is lost at the top; as long as the clock can count.
    long step = Math.max(1, Math.min(YEARS_NANOS / STEPS, period / 2));
    step = burst == 1 ? period : step;
    long steps = Math.min(STEPS, YEARS_NANOS / step);
    long taken = 0;
    for (long i = 0; i < steps; i++) {
      now[0] += step;
      long there = limiter.quotas().get(0).remaining();
      if (there > 0 && limiter.tryAcquire(there).isAdmitted()) {
        taken += there;
      }
    }
    // What is in the making is not missing: up to one permit.
    BigDecimal due =
        BigDecimal.valueOf(now[0])
            .multiply(BigDecimal.valueOf(burst))
            .divide(BigDecimal.valueOf(period), MathContext.DECIMAL128);
    BigDecimal whole = due.setScale(0, RoundingMode.FLOOR);
    return whole
        .subtract(BigDecimal.valueOf(taken))
        .divide(due, MathContext.DECIMAL64)
        .doubleValue();
  }
}
