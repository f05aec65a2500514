// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a cache is and has done; immutable.
 *
 * @param tier where it keeps its entries
 * @param settings its properties, without those that are left to their defaults
 * @param entries how many there are in memory
 * @param hits answers from memory
 * @param misses answers that memory did not have
 * @param hitRate part of the answers that came from memory, 0 to 1
 * @param loads values or absences loaded
 * @param loadFailures loads that ended with an exception
 * @param refused loads that were not kept because of an eviction meanwhile
 * @param sharedHits misses that Redis had
 * @param sharedFailures questions that Redis did not answer
 * @param undecodable entries in Redis that could not be decoded
 * @param connected whether Redis is asked; null for a cache in memory
 * @param bound how long an eviction by another process can stay unknown here at most; null for a
 *     cache in memory, which is told of none
 */
public record CacheStatus(
    String name,
    CacheTier tier,
    Map<String, Object> settings,
    long entries,
    long hits,
    long misses,
    double hitRate,
    long loads,
    long loadFailures,
    long refused,
    long sharedHits,
    long sharedFailures,
    long undecodable,
    @Nullable Boolean connected,
    @Nullable Duration bound) {

  /** Copies the settings, sorted by name. */
  public CacheStatus {
    settings = Collections.unmodifiableMap(new TreeMap<>(settings));
  }
}
