// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import io.scalingtoolkit.core.overload.Priority;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties under {@code toolkit.admission}. A property that is not one of them keeps the
 * application from starting.
 *
 * @param enabled whether requests are admitted by load; they are not unless this is set
 * @param limiter settings of the limiter of all requests that have no other
 * @param limiters further limiters by name, for requests that cost much more or less than the rest
 * @param routes which requests have another priority than default, or another limiter
 * @param exclude patterns of paths that are always admitted and not measured
 */
@ConfigurationProperties(prefix = AdmissionProperties.PREFIX, ignoreUnknownFields = false)
record AdmissionProperties(
    @DefaultValue("false") boolean enabled,
    @DefaultValue Limiter limiter,
    @DefaultValue Map<String, Limiter> limiters,
    @DefaultValue Map<String, Route> routes,
    @DefaultValue("/actuator/**") List<String> exclude) {
  static final String PREFIX = "toolkit.admission";

  /**
   * Settings of a limiter; each has the limiter's own default.
   *
   * @param deadline how long callers wait for an answer, 1 ms to 1 day
   * @param minLimit the limit that it does not go below, 1 to 1,000,000
   * @param maxLimit the limit that it does not go above, 1 to 1,000,000
   * @param initialLimit the limit before anything is known, 1 to 1,000,000
   * @param maxPermitAge age at which a permit is taken back as leaked, 1 s to 1 day; longer than
   *     anything takes
   * @param retryAfter how long rejected callers stay away at least, 1 ms to 1 day
   */
  record Limiter(
      @Nullable Duration deadline,
      @Nullable Integer minLimit,
      @Nullable Integer maxLimit,
      @Nullable Integer initialLimit,
      @Nullable Duration maxPermitAge,
      @Nullable Duration retryAfter) {}

  /**
   * Requests that are told apart. Where several match, the first by name decides.
   *
   * @param paths path patterns as in Spring MVC, at least one
   * @param methods HTTP methods; all unless set
   * @param priority how late they are refused
   * @param limiter name of the limiter that admits them; the common one unless set
   */
  record Route(
      @DefaultValue List<String> paths,
      @DefaultValue Set<String> methods,
      @DefaultValue("default") Priority priority,
      @Nullable String limiter) {}
}
