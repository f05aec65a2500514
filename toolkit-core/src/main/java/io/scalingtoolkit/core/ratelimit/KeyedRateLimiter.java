// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * A limiter for each key, such as each user or address; otherwise as {@link RateLimiter}.
 *
 * <p>Implementations are thread-safe.
 *
 * @param <K> keys with {@code equals} and {@code hashCode} that do not change
 */
public interface KeyedRateLimiter<K> {

  /**
   * Takes one permit of {@code key} if it is there.
   *
   * @throws NullPointerException if {@code key} is null
   */
  default Admission tryAcquire(K key) {
    return tryAcquire(key, 1);
  }

  /**
   * Takes permits of {@code key} if all of them are there.
   *
   * @param permits at least 1
   * @throws NullPointerException if {@code key} is null
   * @throws IllegalArgumentException if {@code permits} is less than 1
   */
  Admission tryAcquire(K key, long permits);

  /**
   * Takes permits of {@code key} and waits until they are there.
   *
   * @param permits at least 1
   * @param maxWait how long to wait at most, 0 or more
   * @throws InterruptedException if interrupted; permits that were not there yet are given back
   * @throws NullPointerException if {@code key} is null
   * @throws IllegalArgumentException if another argument is out of range
   */
  Admission acquire(K key, long permits, Duration maxWait) throws InterruptedException;

  /**
   * Takes permits of {@code key} and tells when they are there; does not wait.
   *
   * @param permits at least 1
   * @param maxWait how far ahead they may be, 0 or more
   * @throws NullPointerException if {@code key} is null
   * @throws IllegalArgumentException if another argument is out of range
   */
  Reservation reserve(K key, long permits, Duration maxWait);

  /**
   * Takes permits of {@code key}; the stage completes when they are there.
   *
   * @param permits at least 1
   * @param maxWait how far ahead they may be, 0 or more
   * @throws NullPointerException if {@code key} is null
   * @throws IllegalArgumentException if another argument is out of range
   */
  default CompletionStage<Admission> acquireAsync(K key, long permits, Duration maxWait) {
    return AsyncAdmission.of(reserve(key, permits, maxWait));
  }

  /**
   * Returns what is left of each bandwidth of {@code key} now.
   *
   * @throws NullPointerException if {@code key} is null
   */
  List<Quota> quotas(K key);

  /** Returns the limit of each key. */
  RateLimit limit();

  /** Changes the limit of each key, at once and for all, as {@link RateLimiter#setLimit} does. */
  void setLimit(RateLimit limit);
}
