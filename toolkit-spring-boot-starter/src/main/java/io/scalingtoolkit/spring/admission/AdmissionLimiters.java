// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.overload.AdaptiveLimiter;
import io.scalingtoolkit.core.overload.Priority;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.spring.InvalidPropertyException;
import io.scalingtoolkit.spring.limit.PathRule;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;

/** The limiters of an application, and which one admits a request; thread-safe. */
public final class AdmissionLimiters {
  /** The limiter of all requests that have no other. */
  static final String COMMON = "http";

  private static final Duration DEFAULT_DEADLINE = Duration.ofMillis(200);

  /**
   * Where a request belongs; immutable.
   *
   * @param limiter the one that admits it
   * @param deadline how long its callers wait for an answer
   * @param priority how late it is refused
   */
  record Place(AdaptiveLimiter limiter, Duration deadline, Priority priority) {}

  private record Ruled(PathRule rule, Place place) {}

  private final Map<String, Place> limiters = new TreeMap<>();
  private final AdaptiveLimiter common;
  private final List<Ruled> routes = new ArrayList<>();
  private final @Nullable PathRule excluded;

  /**
   * Makes the limiters.
   *
   * @throws InvalidPropertyException if a rule is broken
   */
  AdmissionLimiters(
      AdmissionProperties properties, MonotonicClock clock, @Nullable MeterRegistry registry) {
    String prefix = AdmissionProperties.PREFIX;
    Place all = place(prefix + ".limiter", COMMON, properties.limiter(), clock, registry);
    common = all.limiter();
    limiters.put(COMMON, all);
    properties
        .limiters()
        .forEach(
            (name, settings) -> {
              String property = prefix + ".limiters." + name;
              if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,63}") || name.equals(COMMON)) {
                throw new InvalidPropertyException(
                    property,
                    "must be named with 1 to 64 letters, digits, dashes and underscores, a letter"
                        + " first, and not "
                        + COMMON,
                    name);
              }
              limiters.put(name, place(property, name, settings, clock, registry));
            });
    new TreeMap<>(properties.routes())
        .forEach((name, route) -> routes.add(ruled(prefix + ".routes." + name, route)));
    for (String path : properties.exclude()) {
      PathRule.check(prefix + ".exclude", path);
    }
    excluded = properties.exclude().isEmpty() ? null : new PathRule(properties.exclude(), Set.of());
  }

  private static Place place(
      String property,
      String name,
      AdmissionProperties.Limiter settings,
      MonotonicClock clock,
      @Nullable MeterRegistry registry) {
    AdaptiveLimiter.Builder builder = AdaptiveLimiter.builder(name).clock(clock);
    set(property + ".deadline", settings.deadline(), builder::deadline);
    set(property + ".min-limit", settings.minLimit(), builder::minLimit);
    set(property + ".max-limit", settings.maxLimit(), builder::maxLimit);
    set(property + ".initial-limit", settings.initialLimit(), builder::initialLimit);
    set(property + ".max-permit-age", settings.maxPermitAge(), builder::maxPermitAge);
    set(property + ".retry-after", settings.retryAfter(), builder::retryAfter);
    if (registry != null) {
      builder.meterRegistry(registry);
    }
    AdaptiveLimiter[] made = new AdaptiveLimiter[1];
    // What may not be in itself is set by now; what is left is how the two limits go together.
    set(
        property + ".min-limit",
        settings.minLimit() == null ? 1 : settings.minLimit(),
        ignored -> {
          made[0] = builder.build();
          return builder;
        });
    Duration deadline = settings.deadline() == null ? DEFAULT_DEADLINE : settings.deadline();
    return new Place(made[0], deadline, Priority.DEFAULT);
  }

  private static <T> void set(
      String property, @Nullable T value, Function<T, AdaptiveLimiter.Builder> setter) {
    if (value == null) {
      return;
    }
    try {
      var unused = setter.apply(value);
    } catch (IllegalArgumentException e) {
      throw new InvalidPropertyException(property, String.valueOf(e.getMessage()), value);
    }
  }

  private Ruled ruled(String property, AdmissionProperties.Route route) {
    if (route.paths().isEmpty()) {
      throw new InvalidPropertyException(property + ".paths", "must be set", route.paths());
    }
    for (String path : route.paths()) {
      PathRule.check(property + ".paths", path);
    }
    Set<String> methods = PathRule.methods(property + ".methods", route.methods());
    String name = route.limiter() == null ? COMMON : route.limiter();
    Place place = limiters.get(name);
    if (place == null) {
      throw new InvalidPropertyException(
          property + ".limiter", "must be one of " + limiters.keySet(), name);
    }
    return new Ruled(
        new PathRule(route.paths(), methods),
        new Place(place.limiter(), place.deadline(), route.priority()));
  }

  /** Returns the limiters, sorted by name. */
  public List<AdaptiveLimiter> limiters() {
    return limiters.values().stream().map(Place::limiter).toList();
  }

  /** Returns the limiter that every request passes, also one that has its own. */
  AdaptiveLimiter common() {
    return common;
  }

  /** Returns where a request belongs; null if it is excluded. */
  @Nullable Place of(HttpServletRequest request) {
    String method = request.getMethod();
    List<PathContainer> paths = PathRule.pathsOf(request);
    if (excluded != null && excluded.matchesAll(method, paths)) {
      return null;
    }
    for (Ruled route : routes) {
      if (route.rule().matches(method, paths)) {
        return route.place();
      }
    }
    return limiters.get(COMMON);
  }
}
