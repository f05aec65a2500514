// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import java.time.Duration;
import java.util.List;

/**
 * A request that is turned away; immutable.
 *
 * @param status 429 where a limit is used up, 503 where the server has too much to do
 * @param retryAfter how long to wait, above zero; the answer says it in whole seconds
 * @param violatedPolicies names of the policies whose limit is used up; empty for 503
 */
public record Refusal(int status, Duration retryAfter, List<String> violatedPolicies) {
  /** Marks a request that was refused behind the first filter, with its refusal. */
  public static final String ATTRIBUTE = Refusal.class.getName();

  /** Copies the list. */
  public Refusal {
    violatedPolicies = List.copyOf(violatedPolicies);
  }

  /** Returns the value of {@code Retry-After}: whole seconds, rounded up, at least 1. */
  public long retryAfterSeconds() {
    return Waits.retryAfterSeconds(retryAfter);
  }
}
