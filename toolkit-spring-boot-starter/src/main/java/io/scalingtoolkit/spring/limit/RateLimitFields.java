// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.Bandwidth;
import io.scalingtoolkit.core.ratelimit.Quota;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The items of the {@code RateLimit-Policy} and {@code RateLimit} fields of
 * draft-ietf-httpapi-ratelimit-headers-11, which are lists of RFC 9651; immutable.
 *
 * <p>{@code t} is the time until one more permit is there, so that the client can indeed use no
 * more than {@code r} within it. A bandwidth whose burst is not its number of permits tells it in a
 * parameter of our own. Names need no escape, see {@link LimitPolicy#name}.
 *
 * @param policy the item or items of {@code RateLimit-Policy}
 * @param limit the item or items of {@code RateLimit}; null if not known
 */
record RateLimitFields(String policy, @Nullable String limit) {
  static final String POLICY = "RateLimit-Policy";
  static final String LIMIT = "RateLimit";

  private static final BigInteger SECOND = BigInteger.valueOf(1_000_000_000);

  /** Returns the fields of an answer to somebody who has so much left. */
  static RateLimitFields of(LimitPolicy policy, List<Quota> quotas) {
    StringBuilder limits = new StringBuilder();
    for (int i = 0; i < quotas.size(); i++) {
      Quota quota = quotas.get(i);
      append(limits, policy, i).append(";r=").append(quota.remaining());
      long seconds = Waits.seconds(Waits.nanosUntilNext(quota));
      if (seconds > 0) {
        limits.append(";t=").append(seconds);
      }
    }
    return new RateLimitFields(policies(policy), limits.toString());
  }

  /**
   * Returns the fields of an answer to somebody who is refused. Which of several bandwidths refuses
   * is not known here, so only a policy with one says what is left of it, which is nothing.
   */
  static RateLimitFields refused(LimitPolicy policy, Duration wait) {
    boolean one = policy.limit().bandwidths().size() == 1;
    String limit = "\"" + policy.name() + "\";r=0;t=" + Waits.retryAfterSeconds(wait);
    return new RateLimitFields(policies(policy), one ? limit : null);
  }

  /** Returns the fields where only the policy is known. */
  static RateLimitFields of(LimitPolicy policy) {
    return new RateLimitFields(policies(policy), null);
  }

  private static String policies(LimitPolicy policy) {
    StringBuilder policies = new StringBuilder();
    List<Bandwidth> bandwidths = policy.limit().bandwidths();
    for (int i = 0; i < bandwidths.size(); i++) {
      Bandwidth bandwidth = bandwidths.get(i);
      long seconds = Waits.seconds(bandwidth.period().toNanos());
      long quota = perWindow(bandwidth, seconds);
      append(policies, policy, i).append(";q=").append(quota).append(";w=").append(seconds);
      if (bandwidth.burst() != quota) {
        policies.append(";toolkit-burst=").append(bandwidth.burst());
      }
    }
    return policies.toString();
  }

  /** Returns what comes back in a window of whole seconds, which is all that the field can say. */
  private static long perWindow(Bandwidth bandwidth, long seconds) {
    return BigInteger.valueOf(bandwidth.permits())
        .multiply(BigInteger.valueOf(seconds))
        .multiply(SECOND)
        .divide(BigInteger.valueOf(bandwidth.period().toNanos()))
        .longValueExact();
  }

  private static StringBuilder append(StringBuilder list, LimitPolicy policy, int index) {
    list.append(list.isEmpty() ? "\"" : ", \"").append(itemName(policy, index));
    return list.append('"');
  }

  /** Returns the name of a bandwidth; a policy with several has numbers behind its own. */
  static String itemName(LimitPolicy policy, int index) {
    return policy.limit().bandwidths().size() == 1
        ? policy.name()
        : policy.name() + "." + (index + 1);
  }
}
