// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.List;

/**
 * The metrics that toolkit-cache emits: name, kind, base unit and tag keys of each.
 *
 * <p>Every meter has the tag {@code cache}, the name of the cache. Names follow Micrometer: lower
 * case, dotted, without a unit. Every tag has a closed set of values. Immutable.
 */
public enum CacheMetric {
  /** Counts answers: {@code hit} from memory, stale ones included, or {@code miss}. */
  REQUESTS("toolkit.cache.requests", "requests", "cache", "outcome"),
  /** Counts answers that were older than their time to live. */
  STALE("toolkit.cache.stale", "requests", "cache"),
  /** Times loads that ended well. */
  LOADS("toolkit.cache.loads", "seconds", "cache"),
  /** Counts loads that ended with an exception. */
  LOAD_FAILURES("toolkit.cache.load.failures", "loads", "cache"),
  /** Counts loads that were made while callers got the old value. */
  REFRESHES("toolkit.cache.refreshes", "loads", "cache"),
  /** Counts loads that were not kept because of an invalidation meanwhile. */
  REFUSED_FILLS("toolkit.cache.refused", "loads", "cache"),
  /** How many entries there are in memory. */
  ENTRIES("toolkit.cache.entries", "entries", "cache"),
  /** Counts misses in memory that the shared tier had; only with a shared tier, as below. */
  SHARED_HITS("toolkit.cache.shared.hits", "requests", "cache"),
  /** Counts questions to the shared tier that it did not answer in time. */
  SHARED_FAILURES("toolkit.cache.shared.failures", "requests", "cache"),
  /** Counts entries of the shared tier that could not be decoded, and were loaded anew. */
  UNDECODABLE("toolkit.cache.shared.undecodable", "entries", "cache");

  private final String id;
  private final String baseUnit;
  private final String tagKeys;

  CacheMetric(String id, String baseUnit, String... tagKeys) {
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
