// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;

/** Where the counts of the policies are kept. Implementations are thread-safe. */
public interface LimiterBackend {

  /** Returns its name, as {@code /actuator/limits} shows it. */
  String name();

  /**
   * Returns a limiter whose keys are those of one policy.
   *
   * @param policy its name
   * @param limit how much each key may do
   */
  KeyedRateLimiter<String> limiter(String policy, RateLimit limit);

  /**
   * Tells whether {@link KeyedRateLimiter#quotas} answers from memory, so that it may be asked for
   * each request.
   */
  boolean quotasAreAtHand();
}
