// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.spring.limit.LimitPolicies;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Limits of what is tried with one name, whoever tries it and whether or not there is an account of
 * that name, so that an answer tells nothing about it. Thread-safe; waits at most as long as the
 * limits' backend.
 */
@Component
public class AttemptLimits {

  private final ObjectProvider<LimitPolicies> policies;

  AttemptLimits(ObjectProvider<LimitPolicies> policies) {
    this.policies = policies;
  }

  /**
   * Counts an attempt.
   *
   * @param policy name of a policy whose key is {@code custom}; nothing is counted while it is off
   * @param name what is tried, in the form in which names are compared
   * @throws Problem 429 when there were too many
   */
  public void check(String policy, String name) {
    LimitPolicies known = policies.getIfAvailable();
    if (known != null
        && known.isInForce(policy)
        && known.tryAcquire(policy, name) instanceof Admission.Rejected rejected) {
      throw Problem.tooManyRequests(rejected.retryAfter());
    }
  }
}
