// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import io.scalingtoolkit.core.overload.AdaptiveLimiter;
import io.scalingtoolkit.core.ratelimit.Bandwidth;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.spring.admission.AdmissionLimiters;
import io.scalingtoolkit.spring.limit.LimitPolicies;
import io.scalingtoolkit.spring.limit.LimitPolicy;
import io.scalingtoolkit.spring.limit.LimitStatus;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.convert.DurationStyle;

/** The limits and the admission of this process, and two ways to change the limits. */
@Endpoint(id = "limits")
final class LimitsEndpoint {
  private static final double NANOS_PER_MILLI = 1e6;

  private final @Nullable LimitPolicies policies;
  private final @Nullable AdmissionLimiters admission;

  LimitsEndpoint(@Nullable LimitPolicies policies, @Nullable AdmissionLimiters admission) {
    this.policies = policies;
    this.admission = admission;
  }

  /**
   * All of it; immutable.
   *
   * @param policies the policies in force
   * @param admission the limiters that admit by load; empty where that is off
   */
  record Status(List<LimitStatus> policies, List<AdmissionStatus> admission) {}

  /**
   * A limiter that admits by load; immutable.
   *
   * @param limit how many may be in flight for a request of default priority to be admitted
   * @param criticalLimit the same for critical ones
   * @param inFlight how many are
   * @param baseMillis latency without a queue
   * @param targetMillis latency that is steered to
   * @param shedThreshold levels that are not shed, and the part of the users of the next one
   * @param admitted since the application started
   * @param shed requests that were turned away since then
   * @param leaked permits that had to be taken back since then
   */
  record AdmissionStatus(
      String name,
      int limit,
      int criticalLimit,
      int inFlight,
      double baseMillis,
      double targetMillis,
      double shedThreshold,
      long admitted,
      long shed,
      long leaked) {

    static AdmissionStatus of(AdaptiveLimiter limiter) {
      AdaptiveLimiter.Snapshot now = limiter.snapshot();
      return new AdmissionStatus(
          now.name(),
          now.limit(),
          now.criticalLimit(),
          now.inFlight(),
          now.baseLatency().toNanos() / NANOS_PER_MILLI,
          now.targetLatency().toNanos() / NANOS_PER_MILLI,
          now.shedThreshold(),
          now.admitted(),
          now.rejected(),
          now.leaked());
    }
  }

  /** Returns what holds now. */
  @ReadOperation
  Status status() {
    return new Status(
        policies == null ? List.of() : policies.status(),
        admission == null
            ? List.of()
            : admission.limiters().stream().map(AdmissionStatus::of).toList());
  }

  /**
   * Reads the properties again and puts their policies in force, all of them or none.
   *
   * @throws InvalidEndpointRequestException with the rule that is broken; nothing is changed
   */
  @WriteOperation
  Status reload() {
    LimitPolicies changed = policies();
    try {
      changed.reload();
    } catch (BindException e) {
      throw refused(reason(e));
    } catch (IllegalArgumentException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
    return status();
  }

  /** The innermost reason is the one with the rule in it. */
  private static String reason(Throwable problem) {
    Throwable cause = problem;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return problem.getMessage() + ": " + cause.getMessage();
  }

  /**
   * Changes one policy of this process until the next reload or start, in full or not at all.
   *
   * @param policy its name
   * @param permits how many come back in a period; null for no change
   * @param period in that time, a number without a unit is seconds; null for no change
   * @param burst the most at once; null for as many as {@code permits} if those are given, else for
   *     no change
   * @param shadow whether it only counts; null for no change
   * @return what holds for it after that
   * @throws InvalidEndpointRequestException if there is no such policy, nothing to change, or a
   *     rule is broken
   */
  @WriteOperation
  LimitStatus change(
      @Selector String policy,
      @Nullable Long permits,
      @Nullable String period,
      @Nullable Long burst,
      @Nullable Boolean shadow) {
    LimitPolicies changed = policies();
    // Neither another change nor a reload may be undone by this one; they have the same lock.
    synchronized (changed) {
      List<LimitPolicy> next = new ArrayList<>(changed.policies());
      int index = indexOf(next, policy);
      LimitPolicy before = next.get(index);
      RateLimit limit = before.limit();
      if (permits != null || period != null || burst != null) {
        limit = limit(before, permits, period, burst);
      } else if (shadow == null) {
        throw refused("permits, period, burst or shadow must be given");
      }
      next.set(
          index,
          new LimitPolicy(
              before.name(),
              limit,
              before.key(),
              before.paths(),
              before.methods(),
              shadow == null ? before.shadow() : shadow));
      changed.replace(next);
      return changed.status().get(index);
    }
  }

  private static RateLimit limit(
      LimitPolicy before, @Nullable Long permits, @Nullable String period, @Nullable Long burst) {
    if (before.limit().bandwidths().size() > 1) {
      throw refused(
          "policy \"" + before.name() + "\" has several bandwidths; change the properties, reload");
    }
    Bandwidth old = before.limit().bandwidths().get(0);
    long next = permits == null ? old.permits() : permits;
    Long most = burst == null && permits != null ? permits : burst;
    try {
      Duration time =
          period == null ? old.period() : DurationStyle.detectAndParse(period, ChronoUnit.SECONDS);
      Bandwidth made = new Bandwidth(next, time, most == null ? old.burst() : most);
      return new RateLimit(List.of(made));
    } catch (IllegalArgumentException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  private static int indexOf(List<LimitPolicy> policies, String name) {
    for (int i = 0; i < policies.size(); i++) {
      if (policies.get(i).name().equals(name)) {
        return i;
      }
    }
    throw refused(
        "there is no policy named \"%s\", but %s"
            .formatted(name, policies.stream().map(LimitPolicy::name).toList()));
  }

  private LimitPolicies policies() {
    if (policies == null) {
      throw refused("toolkit.limits.enabled is false");
    }
    return policies;
  }

  private static InvalidEndpointRequestException refused(String message) {
    return new InvalidEndpointRequestException(message, message);
  }
}
