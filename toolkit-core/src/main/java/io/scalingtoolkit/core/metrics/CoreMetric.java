// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.metrics;

import io.micrometer.core.instrument.Tags;
import java.util.List;

/**
 * The metrics that toolkit-core emits: name, kind, base unit and tag keys of each.
 *
 * <p>Names follow Micrometer: lower case, dotted, without a unit. Every tag has a closed set of
 * values, so no user data can become a time series. Immutable.
 */
public enum CoreMetric {
  /** Counts bookmarks read, by outcome: {@code accepted} or the reason for ignoring it. */
  BOOKMARK_DECODES("toolkit.bookmark.decodes", "bookmarks", "outcome"),

  /**
   * Counts bookmarks written, by outcome: {@code exact}, {@code unresolved} or {@code overflow}.
   */
  BOOKMARK_ENCODES("toolkit.bookmark.encodes", "bookmarks", "outcome"),

  /**
   * Counts decisions of limits in Redis by where the answer came from: {@code known}, {@code
   * lease}, {@code redis} or {@code outage}; and by outcome: {@code admitted} or {@code refused}.
   */
  RATELIMIT_DECISIONS("toolkit.ratelimit.decisions", "decisions", "limiter", "source", "outcome"),

  /** Times the calls that Redis answered. */
  RATELIMIT_CALLS("toolkit.ratelimit.calls", "seconds", "limiter"),

  /** Counts the calls that failed, by kind: {@code silent} or {@code error}. */
  RATELIMIT_FAILURES("toolkit.ratelimit.failures", "calls", "limiter", "kind"),

  /** Counts permits that Redis was charged for ahead of their use. */
  RATELIMIT_LEASED("toolkit.ratelimit.leased", "permits", "limiter"),

  /** Counts permits that were given back to Redis. */
  RATELIMIT_RETURNED("toolkit.ratelimit.returned", "permits", "limiter"),

  /** Counts keys that owed permits and that Redis had lost: a failover, or memory run out. */
  RATELIMIT_LOST("toolkit.ratelimit.lost", "keys", "limiter"),

  /** Counts changes between asking Redis and doing without it, by the state entered. */
  RATELIMIT_TRANSITIONS("toolkit.ratelimit.transitions", "transitions", "group", "state"),

  /** 1 while Redis is asked, 0 in an outage. */
  RATELIMIT_USABLE("toolkit.ratelimit.usable", "stores", "group"),

  /** How many processes share the limits as far as is known. */
  RATELIMIT_NODES("toolkit.ratelimit.nodes", "nodes", "group"),

  /** Counts requests that asked to be admitted: {@code admitted} or why they were rejected. */
  OVERLOAD_REQUESTS("toolkit.overload.requests", "requests", "limiter", "priority", "outcome"),

  /** Requests that may be in flight for one of default priority to be admitted. */
  OVERLOAD_LIMIT("toolkit.overload.limit", "requests", "limiter"),

  /** Requests in flight. */
  OVERLOAD_IN_FLIGHT("toolkit.overload.inflight", "requests", "limiter"),

  /** The threshold of {@code AdaptiveLimiter.Snapshot}; 4 while there is no overload. */
  OVERLOAD_THRESHOLD("toolkit.overload.threshold", "levels", "limiter"),

  /** Latency without a queue. */
  OVERLOAD_BASE("toolkit.overload.base", "seconds", "limiter"),

  /** Mean latency that is steered to. */
  OVERLOAD_TARGET("toolkit.overload.target", "seconds", "limiter"),

  /** Counts permits that were never closed, by how it was noticed. */
  OVERLOAD_LEAKS("toolkit.overload.leaks", "permits", "limiter", "found"),

  /** Counts retries of calls to another server: {@code sent} or why there was none. */
  DOWNSTREAM_RETRIES("toolkit.downstream.retries", "calls", "downstream", "outcome"),

  /** Counts hedges: {@code sent}, {@code won} or {@code refused}. */
  DOWNSTREAM_HEDGES("toolkit.downstream.hedges", "calls", "downstream", "outcome"),

  /** Retries and hedges that the budget has left. */
  DOWNSTREAM_BUDGET("toolkit.downstream.budget", "calls", "downstream");

  private final String id;
  private final String baseUnit;
  private final String tagKeys;

  CoreMetric(String id, String baseUnit, String... tagKeys) {
    this.id = id;
    this.baseUnit = baseUnit;
    this.tagKeys = String.join(",", tagKeys);
  }

  /** Returns the name under which the meter is registered. */
  public String id() {
    return id;
  }

  /** Returns what one unit of the meter's value is. */
  public String baseUnit() {
    return baseUnit;
  }

  /** Returns the tag keys in a fixed order, unmodifiable, at least one. */
  public List<String> tagKeys() {
    return List.of(tagKeys.split(",", -1));
  }

  /**
   * Returns the tags with these values.
   *
   * @param values one for each of {@link #tagKeys()}, in that order
   * @throws IllegalArgumentException if there are more or less
   */
  public Tags tags(String... values) {
    List<String> keys = tagKeys();
    if (values.length != keys.size()) {
      throw new IllegalArgumentException(
          "%s needs values for %s, got %d".formatted(id, keys, values.length));
    }
    Tags tags = Tags.empty();
    for (int i = 0; i < values.length; i++) {
      tags = tags.and(keys.get(i), values[i]);
    }
    return tags;
  }
}
