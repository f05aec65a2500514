// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import io.scalingtoolkit.core.time.MonotonicClock;

/**
 * Makes limiters of this process.
 *
 * <p>They need no thread and nothing to be closed. What one process allows another one knows
 * nothing of; the limiters of {@code core.ratelimit.redis} share a limit.
 */
public final class RateLimiters {
  /** How many keys a keyed limiter remembers unless told otherwise. */
  public static final long DEFAULT_MAX_KEYS = 1_000_000;

  private RateLimiters() {}

  /** Returns a limiter with its whole burst there. */
  public static RateLimiter local(RateLimit limit) {
    return local(limit, MonotonicClock.system());
  }

  /** As {@link #local(RateLimit)}, on a clock of the caller's. */
  public static RateLimiter local(RateLimit limit, MonotonicClock clock) {
    return new LocalRateLimiter(limit, clock);
  }

  /** As {@link #keyed(RateLimit, long)}, for {@value #DEFAULT_MAX_KEYS} keys. */
  public static <K> KeyedRateLimiter<K> keyed(RateLimit limit) {
    return keyed(limit, DEFAULT_MAX_KEYS);
  }

  /**
   * Returns a limiter that gives each key the same limit.
   *
   * @param maxKeys how many keys that owe permits are remembered, at least 1; each takes about 80
   *     bytes beside the key. Keys past it share the limit of one, and no key that owes is
   *     forgotten for them.
   * @throws IllegalArgumentException if {@code maxKeys} is less than 1
   */
  public static <K> KeyedRateLimiter<K> keyed(RateLimit limit, long maxKeys) {
    return keyed(limit, maxKeys, MonotonicClock.system());
  }

  /** As {@link #keyed(RateLimit, long)}, on a clock of the caller's. */
  public static <K> KeyedRateLimiter<K> keyed(RateLimit limit, long maxKeys, MonotonicClock clock) {
    return new LocalKeyedRateLimiter<>(limit, maxKeys, clock);
  }
}
