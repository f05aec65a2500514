// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import io.scalingtoolkit.core.time.MonotonicClock;

/** Counts in this process; immutable. */
record LocalBackend(long maxKeys, MonotonicClock clock) implements LimiterBackend {
  @Override
  public String name() {
    return "local";
  }

  @Override
  public KeyedRateLimiter<String> limiter(LimitPolicy policy) {
    return RateLimiters.keyed(policy.limit(), maxKeys, clock);
  }

  @Override
  public boolean quotasAreAtHand() {
    return true;
  }
}
