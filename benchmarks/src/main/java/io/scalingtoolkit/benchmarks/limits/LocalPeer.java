// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** The limiters of one process that are compared. */
@SuppressWarnings("UnstableApiUsage") // Guava's limiter is marked as beta
public enum LocalPeer {
  /** Guava's SmoothBursty, which every other row is compared with; its burst is a second's. */
  GUAVA("guava") {
    @Override
    Gate gate(long permits, Duration period, long burst) {
      var limiter =
          com.google.common.util.concurrent.RateLimiter.create(
              permits / (period.toNanos() / (double) NANOS_PER_SECOND));
      return limiter::tryAcquire;
    }
  },

  /** Bucket4j, lock-free, with greedy refill and the nanosecond clock. */
  BUCKET4J("bucket4j") {
    @Override
    Gate gate(long permits, Duration period, long burst) {
      Bucket bucket =
          Bucket.builder()
              .addLimit(limit -> limit.capacity(burst).refillGreedy(permits, period))
              .withNanosecondPrecision()
              .build();
      return () -> bucket.tryConsume(1);
    }

    @Override
    Gate threeBandwidths() {
      Bucket bucket =
          Bucket.builder()
              .addLimit(limit -> limit.capacity(MANY).refillGreedy(MANY, SECOND))
              .addLimit(limit -> limit.capacity(MANY).refillGreedy(MANY, SECOND.multipliedBy(2)))
              .addLimit(limit -> limit.capacity(MANY).refillGreedy(MANY, SECOND.multipliedBy(4)))
              .withNanosecondPrecision()
              .build();
      return () -> bucket.tryConsume(1);
    }
  },

  /** Resilience4j, whose permits come back all at once at the end of each period. */
  RESILIENCE4J("resilience4j") {
    @Override
    Gate gate(long permits, Duration period, long burst) {
      var limiter =
          io.github.resilience4j.ratelimiter.RateLimiter.of(
              "bench",
              RateLimiterConfig.custom()
                  .limitForPeriod(Math.toIntExact(permits))
                  .limitRefreshPeriod(period)
                  .timeoutDuration(Duration.ZERO)
                  .build());
      return limiter::acquirePermission;
    }
  },

  /** Ours. */
  TOOLKIT("toolkit") {
    @Override
    Gate gate(long permits, Duration period, long burst) {
      RateLimiter limiter = RateLimiters.local(RateLimit.of(permits).per(period).burst(burst));
      return () -> limiter.tryAcquire().isAdmitted();
    }

    @Override
    Gate threeBandwidths() {
      RateLimiter limiter =
          RateLimiters.local(
              RateLimit.of(MANY)
                  .per(SECOND)
                  .and(RateLimit.of(MANY).per(SECOND.multipliedBy(2)))
                  .and(RateLimit.of(MANY).per(SECOND.multipliedBy(4))));
      return () -> limiter.tryAcquire().isAdmitted();
    }
  };

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Permits a second of {@link #thousandASecond}. */
  public static final long RATE = 1_000;

  /** Permits at once of {@link #thousandASecond}. */
  public static final long BURST = 100;

  /** More than any thread can take in a second. */
  static final long MANY = 1_000_000_000L;

  private final String label;

  LocalPeer(String label) {
    this.label = label;
  }

  /** The name in the tables. */
  public String label() {
    return label;
  }

  /** The labels by name. */
  public static Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    for (LocalPeer peer : values()) {
      labels.put(peer.name(), peer.label);
    }
    return labels;
  }

  /** The labels by name of those that decide about several bandwidths at once. */
  public static Map<String, String> withSeveralBandwidths() {
    Map<String, String> labels = labels();
    labels.remove(GUAVA.name());
    labels.remove(RESILIENCE4J.name());
    return labels;
  }

  /** A limiter of {@value #RATE} permits a second and a burst of {@value #BURST}. */
  public Gate thousandASecond() {
    return gate(RATE, SECOND, BURST);
  }

  /** A limiter; peers without a burst of their own have one of what comes back in a second. */
  abstract Gate gate(long permits, Duration period, long burst);

  /** A limiter with three bandwidths that always admits. */
  Gate threeBandwidths() {
    throw new UnsupportedOperationException(label + " has one bandwidth");
  }
}
