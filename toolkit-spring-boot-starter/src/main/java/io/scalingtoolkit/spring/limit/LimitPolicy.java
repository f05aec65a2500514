// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import io.scalingtoolkit.spring.InvalidPropertyException;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What is limited, for whom and how much; immutable.
 *
 * @param name 1 to 48 letters, digits, dashes and underscores, a letter first; it is shown to
 *     clients and in metrics
 * @param limit how much each key may do
 * @param key what is counted apart: one or more of {@code ip} (an IPv4 address or an IPv6 /64
 *     block), {@code user} (the authenticated user, or the {@code ip} of who is none), {@code
 *     route} (method and path pattern of the handler) and {@code header:NAME} (the value of a
 *     header, or the {@code ip} where it is absent); or {@code custom} alone, for what the
 *     application asks for itself with {@link LimitPolicies#tryAcquire}
 * @param paths path patterns as in Spring MVC; empty for all, and for {@code custom}
 * @param methods HTTP methods; empty for all. GET includes HEAD, as it does in Spring MVC.
 * @param shadow whether it only counts what it would have refused
 */
public record LimitPolicy(
    String name,
    RateLimit limit,
    List<String> key,
    List<String> paths,
    Set<String> methods,
    boolean shadow) {
  static final String PREFIX = "toolkit.limits.policies.";

  /**
   * Checks it.
   *
   * @throws InvalidPropertyException if a rule is broken
   */
  public LimitPolicy {
    Objects.requireNonNull(limit, "limit");
    if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,47}")) {
      throw new InvalidPropertyException(
          PREFIX + name,
          "must be named with 1 to 48 letters, digits, dashes and underscores, a letter first",
          name);
    }
    checkCountable(name, limit);
    key = List.copyOf(key);
    List<KeyPart> parts = KeyPart.parse(PREFIX + name + ".key", key);
    paths = List.copyOf(paths);
    for (String path : paths) {
      PathRule.check(PREFIX + name + ".paths", path);
    }
    methods = PathRule.methods(PREFIX + name + ".methods", methods);
    if (parts.contains(KeyPart.CUSTOM) && !(paths.isEmpty() && methods.isEmpty())) {
      throw new InvalidPropertyException(
          PREFIX + name + ".paths",
          "must not be set, nor methods, where the key is custom",
          paths.isEmpty() ? methods : paths);
    }
  }

  /** Few limits pass their own checks and still have no whole numbers to count them in. */
  private static void checkCountable(String name, RateLimit limit) {
    try {
      RateLimiters.local(limit);
    } catch (IllegalArgumentException e) {
      throw new InvalidPropertyException(PREFIX + name, String.valueOf(e.getMessage()), limit);
    }
  }
}
