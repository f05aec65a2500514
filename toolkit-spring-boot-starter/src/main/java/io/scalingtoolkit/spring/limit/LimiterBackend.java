// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;

/**
 * Where the counts of the policies are kept. A bean of this type takes the place of the one that
 * {@code toolkit.limits.backend} names. Implementations are thread-safe.
 */
public interface LimiterBackend {

  /** Returns its name, as {@code /actuator/limits} shows it. */
  String name();

  /**
   * Returns a limiter for the keys of one policy.
   *
   * <p>It is asked once for each policy that comes into force, and again if a policy of that name
   * comes back later or with another kind of key; keys of another kind are not those of before.
   */
  KeyedRateLimiter<String> limiter(LimitPolicy policy);

  /**
   * Tells whether {@link KeyedRateLimiter#quotas} answers from memory, so that it may be asked for
   * each request.
   */
  boolean quotasAreAtHand();
}
