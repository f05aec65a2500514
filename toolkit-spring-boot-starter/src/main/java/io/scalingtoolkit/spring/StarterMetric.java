// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring;

import java.util.List;

/**
 * The metrics that the starter emits beside those of the parts: name, base unit and tag keys of
 * each. Every tag has a closed set of values. Immutable.
 */
public enum StarterMetric {
  /** Counts responses that were committed before they could take along all that was seen. */
  BOOKMARK_LATE("toolkit.bookmark.late", "responses"),

  /** Counts what policies decided: {@code granted}, {@code denied} or {@code would-deny}. */
  LIMIT_REQUESTS("toolkit.limits.requests", "requests", "policy", "outcome"),

  /** Counts changes of a cache that could not be made after their transaction had committed. */
  CACHE_COMMIT_FAILURES("toolkit.cache.commit.failures", "changes", "cache");

  private final String id;
  private final String baseUnit;
  private final String tagKeys;

  StarterMetric(String id, String baseUnit, String... tagKeys) {
    this.id = id;
    this.baseUnit = baseUnit;
    this.tagKeys = String.join(",", tagKeys);
  }

  /** Returns the name under which the meter is registered. */
  public String id() {
    return id;
  }

  /** Returns the tag keys in a fixed order, unmodifiable, possibly none. */
  public List<String> tagKeys() {
    return tagKeys.isEmpty() ? List.of() : List.of(tagKeys.split(",", -1));
  }

  /** Returns what one unit of the meter's value is. */
  public String baseUnit() {
    return baseUnit;
  }
}
