// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.Quota;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.ratelimit.Reservation;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/** One limit, shared through Redis; thread-safe. */
final class SharedRateLimiter implements RateLimiter {
  private static final String KEY = "";

  private final StoreLimiter store;

  SharedRateLimiter(StoreLimiter store) {
    this.store = store;
  }

  @Override
  public Admission tryAcquire(long permits) {
    return Calls.admission(store.reserve(KEY, Calls.checkPermits(permits), 0));
  }

  @Override
  public Admission acquire(long permits, Duration maxWait) throws InterruptedException {
    return reserve(permits, maxWait).await();
  }

  @Override
  public Reservation reserve(long permits, Duration maxWait) {
    return store.reserve(KEY, Calls.checkPermits(permits), Calls.checkWait(maxWait));
  }

  @Override
  public CompletionStage<Admission> acquireAsync(long permits, Duration maxWait) {
    return Calls.turn(
        store.reserveAsync(KEY, Calls.checkPermits(permits), Calls.checkWait(maxWait)));
  }

  @Override
  public List<Quota> quotas() {
    return store.quotas(KEY);
  }

  @Override
  public RateLimit limit() {
    return store.limit();
  }

  @Override
  public void setLimit(RateLimit limit) {
    store.setLimit(Objects.requireNonNull(limit, "limit"));
  }

  @Override
  public String toString() {
    return "RateLimiter[" + store + "]";
  }
}
