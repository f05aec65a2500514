// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.spring.InvalidPropertyException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is limited, for whom and how much; immutable.
 *
 * @param name 1 to 64 letters, digits, dashes and underscores, a letter first; it is shown to
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

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE");

  /**
   * Checks it.
   *
   * @throws InvalidPropertyException if a rule is broken
   */
  public LimitPolicy {
    Objects.requireNonNull(limit, "limit");
    if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,63}")) {
      throw new InvalidPropertyException(
          PREFIX + name,
          "must be named with 1 to 64 letters, digits, dashes and underscores, a letter first",
          name);
    }
    key = List.copyOf(key);
    List<KeyPart> parts = KeyPart.parse(PREFIX + name + ".key", key);
    paths = List.copyOf(paths);
    for (String path : paths) {
      PathRule.check(PREFIX + name + ".paths", path);
    }
    methods = upper(name, methods);
    if (parts.contains(KeyPart.CUSTOM) && !(paths.isEmpty() && methods.isEmpty())) {
      throw new InvalidPropertyException(
          PREFIX + name + ".paths",
          "must not be set, nor methods, where the key is custom",
          paths.isEmpty() ? methods : paths);
    }
  }

  private static Set<String> upper(String name, Set<String> methods) {
    Set<String> upper = new LinkedHashSet<>();
    for (String method : methods) {
      String known = method.strip().toUpperCase(Locale.ROOT);
      if (!METHODS.contains(known)) {
        throw new InvalidPropertyException(
            PREFIX + name + ".methods",
            "must be of " + METHODS.stream().sorted().collect(Collectors.joining(", ")),
            method);
      }
      upper.add(known);
    }
    return Set.copyOf(upper);
  }
}
