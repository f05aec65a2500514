// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.Quota;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.Reservation;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A limit for each key, shared through Redis; thread-safe. */
final class SharedKeyedRateLimiter<K> implements KeyedRateLimiter<K> {
  private final StoreLimiter store;
  private final Function<? super K, String> keyName;

  SharedKeyedRateLimiter(StoreLimiter store, Function<? super K, String> keyName) {
    this.store = store;
    this.keyName = keyName;
  }

  private String name(K key) {
    return Objects.requireNonNull(
        keyName.apply(Objects.requireNonNull(key, "key")), "name of the key");
  }

  @Override
  public Admission tryAcquire(K key, long permits) {
    return Calls.admission(store.reserve(name(key), Calls.checkPermits(permits), 0));
  }

  @Override
  public Admission acquire(K key, long permits, Duration maxWait) throws InterruptedException {
    return reserve(key, permits, maxWait).await();
  }

  @Override
  public Reservation reserve(K key, long permits, Duration maxWait) {
    return store.reserve(name(key), Calls.checkPermits(permits), Calls.checkWait(maxWait));
  }

  @Override
  public CompletionStage<Admission> acquireAsync(K key, long permits, Duration maxWait) {
    return Calls.turn(
        store.reserveAsync(name(key), Calls.checkPermits(permits), Calls.checkWait(maxWait)));
  }

  @Override
  public List<Quota> quotas(K key) {
    return store.quotas(name(key));
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
    return "KeyedRateLimiter[" + store + "]";
  }
}
