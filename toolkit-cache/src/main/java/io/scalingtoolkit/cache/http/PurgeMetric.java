// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.util.List;

/**
 * The metrics of {@link BatchingPurger}s: name, base unit and tag keys of each; as {@link
 * io.scalingtoolkit.cache.CacheMetric}, with the name of the purger in the tag {@code purger}.
 * Immutable.
 */
public enum PurgeMetric {
  /** Counts tags and URLs: {@code done}, {@code merged} with one that waited, or {@code lost}. */
  PURGES("toolkit.cache.purges", "purges", "purger", "outcome"),
  /** Counts requests to the cache: {@code done} or {@code failed}. */
  REQUESTS("toolkit.cache.purge.requests", "requests", "purger", "outcome"),
  /** How many tags and URLs wait, those of second purges included. */
  WAITING("toolkit.cache.purge.waiting", "purges", "purger");

  private final String id;
  private final String baseUnit;
  private final String tagKeys;

  PurgeMetric(String id, String baseUnit, String... tagKeys) {
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
}
