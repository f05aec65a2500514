// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.time.Duration;
import java.util.SplittableRandom;

/** Limits of all sizes that are allowed, with a leaning to odd ones. */
public final class RandomLimits {
  private RandomLimits() {}

  public static RateLimit any(SplittableRandom random) {
    RateLimit limit = one(random);
    while (random.nextInt(3) == 0 && limit.bandwidths().size() < RateLimit.MAX_BANDWIDTHS) {
      limit = limit.and(one(random));
    }
    return limit;
  }

  private static RateLimit one(SplittableRandom random) {
    while (true) {
      try {
        long permits = magnitude(random, Bandwidth.MAX_PERMITS);
        long period = magnitude(random, Duration.ofDays(40).toNanos());
        return RateLimit.of(permits)
            .per(Duration.ofNanos(period))
            .burst(magnitude(random, random.nextBoolean() ? 20 : Bandwidth.MAX_PERMITS));
      } catch (IllegalArgumentException e) {
        // Out of range, as about half of them are; the next one.
        continue;
      }
    }
  }

  /** Returns a number of any magnitude from 1 to {@code most}. */
  public static long magnitude(SplittableRandom random, long most) {
    double exponent = random.nextDouble() * Math.log((double) most);
    long value = Math.max(1, Math.min(most, Math.round(Math.exp(exponent))));
    return random.nextInt(4) == 0 ? Math.min(most, Long.highestOneBit(value)) : value;
  }
}
