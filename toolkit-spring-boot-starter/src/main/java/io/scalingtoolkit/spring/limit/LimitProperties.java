// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.Bandwidth;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.spring.InvalidPropertyException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * The properties under {@code toolkit.limits}. A property that is not one of them keeps the
 * application from starting.
 *
 * @param enabled whether requests are limited at all
 * @param fields whether answers have {@code RateLimit} and {@code RateLimit-Policy} fields
 * @param backend where counts are kept
 * @param redis the Redis that keeps them, if it does
 * @param maxKeys how many keys that owe permits are remembered for each policy in this process, 1
 *     or more; keys past it share the limit of one
 * @param policies the policies by name
 */
@ConfigurationProperties(prefix = LimitProperties.PREFIX, ignoreUnknownFields = false)
record LimitProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("true") boolean fields,
    @DefaultValue("local") Backend backend,
    @DefaultValue Redis redis,
    @DefaultValue("100000") long maxKeys,
    @DefaultValue Map<String, PolicyProperties> policies) {
  static final String PREFIX = "toolkit.limits";

  /** Where counts are kept; immutable. */
  enum Backend {
    /** In this process. */
    LOCAL,
    /** In Redis, shared with other processes. */
    REDIS
  }

  /** How permits get from Redis to this process; immutable. */
  enum Mode {
    /** Redis decides each time. */
    STRICT,
    /** Keys that are asked for often get theirs in leases, ahead of their use. */
    LEASED
  }

  /** What is done while Redis does not answer; immutable. */
  enum Outage {
    /** Everything is admitted. */
    OPEN,
    /** Everything is refused. */
    CLOSED,
    /** The limit is divided by the number of processes last seen. */
    LOCAL_SHARE
  }

  /**
   * The Redis that processes share.
   *
   * @param uri its address as Lettuce reads it, such as {@code redis://user:password@host:6379}; of
   *     a cluster several nodes may be named, separated by commas
   * @param cluster whether it is a Redis Cluster
   * @param mode how permits get from it to this process
   * @param outage what is done while it does not answer
   * @param timeout how long a request may wait for it, 1 ms to 10 s
   * @param group what its keys begin with; processes share limits within a group
   * @param assumedNodes how many processes are taken to share the limits until Redis has told
   */
  record Redis(
      @Nullable String uri,
      @DefaultValue("false") boolean cluster,
      @DefaultValue("strict") Mode mode,
      @DefaultValue("local-share") Outage outage,
      @DefaultValue("20ms") Duration timeout,
      @DefaultValue("limits") String group,
      @DefaultValue("1") long assumedNodes) {
    @Override
    public String toString() {
      return "Redis[" + group + "]"; // an address may hold a password
    }
  }

  /** Checks what does not belong to a policy. */
  LimitProperties {
    if (maxKeys < 1) {
      throw new InvalidPropertyException(PREFIX + ".max-keys", "must be 1 or more", maxKeys);
    }
  }

  /**
   * One policy; either {@code permits}, {@code period} and {@code burst}, or {@code bandwidths}.
   *
   * @param enabled whether it is in force; one that is not is checked all the same
   * @param permits how many requests come back in a period
   * @param period in that time; a number without a unit is seconds
   * @param burst the most at once, as many as {@code permits} unless set
   * @param bandwidths several limits that all must have room
   * @param key what is counted apart, see {@link LimitPolicy#key}
   * @param paths patterns of the paths that are meant; all unless set
   * @param methods methods that are meant; all unless set
   * @param shadow whether it only counts what it would have refused
   */
  record PolicyProperties(
      @DefaultValue("true") boolean enabled,
      @Nullable Long permits,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration period,
      @Nullable Long burst,
      @DefaultValue List<BandwidthProperties> bandwidths,
      @DefaultValue List<String> key,
      @DefaultValue List<String> paths,
      @DefaultValue Set<String> methods,
      @DefaultValue("false") boolean shadow) {

    LimitPolicy policy(String name) {
      return new LimitPolicy(name, limit(name), key, paths, methods, shadow);
    }

    private RateLimit limit(String name) {
      String property = LimitPolicy.PREFIX + name;
      boolean plain = permits != null || period != null || burst != null;
      if (bandwidths.isEmpty()) {
        return new RateLimit(List.of(bandwidth(property, permits, period, burst)));
      }
      if (plain) {
        throw new InvalidPropertyException(
            property, "must not have permits, period or burst beside bandwidths", permits);
      }
      List<Bandwidth> made = new ArrayList<>();
      for (int i = 0; i < bandwidths.size(); i++) {
        BandwidthProperties each = bandwidths.get(i);
        made.add(
            bandwidth(
                property + ".bandwidths[" + i + "]", each.permits(), each.period(), each.burst()));
      }
      try {
        return new RateLimit(made);
      } catch (IllegalArgumentException e) {
        throw new InvalidPropertyException(
            property + ".bandwidths", String.valueOf(e.getMessage()), made.size());
      }
    }
  }

  /** One of several limits of a policy, in the same words. */
  record BandwidthProperties(
      @Nullable Long permits,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration period,
      @Nullable Long burst) {}

  private static Bandwidth bandwidth(
      String property, @Nullable Long permits, @Nullable Duration period, @Nullable Long burst) {
    if (permits == null) {
      throw new InvalidPropertyException(property + ".permits", "must be set", null);
    }
    if (period == null) {
      throw new InvalidPropertyException(property + ".period", "must be set", null);
    }
    try {
      return new Bandwidth(permits, period, burst == null ? permits : burst);
    } catch (IllegalArgumentException e) {
      String rule = String.valueOf(e.getMessage());
      String part = rule.substring(0, rule.indexOf(' '));
      Object value = part.equals("period") ? period : part.equals("burst") ? burst : permits;
      throw new InvalidPropertyException(property + "." + part, rule, value);
    }
  }

  /** Returns the policies that are in force, all of them checked. */
  List<LimitPolicy> checked() {
    List<LimitPolicy> checked = new ArrayList<>();
    policies.forEach(
        (name, properties) -> {
          LimitPolicy policy = properties.policy(name);
          if (properties.enabled()) {
            checked.add(policy);
          }
        });
    return checked;
  }
}
