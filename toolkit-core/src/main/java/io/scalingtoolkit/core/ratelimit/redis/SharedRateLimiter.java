// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.Quota;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.ratelimit.Reservation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The limit of one key, shared through Redis; thread-safe. */
final class SharedRateLimiter implements RateLimiter {
  private static final String KEY = "";

  private final KeyedRateLimiter<String> keyed;

  SharedRateLimiter(StoreLimiter store) {
    this.keyed = new SharedKeyedRateLimiter<>(store, key -> key);
  }

  @Override
  public Admission tryAcquire(long permits) {
    return keyed.tryAcquire(KEY, permits);
  }

  @Override
  public Admission acquire(long permits, Duration maxWait) throws InterruptedException {
    return keyed.acquire(KEY, permits, maxWait);
  }

  @Override
  public Reservation reserve(long permits, Duration maxWait) {
    return keyed.reserve(KEY, permits, maxWait);
  }

  @Override
  public CompletionStage<Admission> acquireAsync(long permits, Duration maxWait) {
    return keyed.acquireAsync(KEY, permits, maxWait);
  }

  @Override
  public List<Quota> quotas() {
    return keyed.quotas(KEY);
  }

  @Override
  public RateLimit limit() {
    return keyed.limit();
  }

  @Override
  public void setLimit(RateLimit limit) {
    keyed.setLimit(limit);
  }

  @Override
  public String toString() {
    return "RateLimiter of " + keyed;
  }
}
