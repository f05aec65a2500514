// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.time.Duration;

/**
 * What a cache has done since it was made; immutable. The figures are read one after the other, so
 * they need not add up while the cache is used.
 *
 * @param hits answers from memory, stale ones included
 * @param misses answers that had to be loaded, or waited for another thread's load
 * @param staleHits answers that were older than their time to live; those that stood in for a load
 *     that failed are misses
 * @param loads values or absences loaded
 * @param loadFailures loads that ended with an exception
 * @param loadTime time spent in all loads
 * @param refreshes loads ahead of or after the end of a lifetime while callers got the old value
 * @param refusedFills loads that were not kept because of an invalidation meanwhile
 * @param sharedHits misses in memory that the shared tier had
 * @param sharedFailures questions to the shared tier that it did not answer
 * @param undecodable entries of the shared tier that could not be decoded
 */
public record CacheStats(
    long hits,
    long misses,
    long staleHits,
    long loads,
    long loadFailures,
    Duration loadTime,
    long refreshes,
    long refusedFills,
    long sharedHits,
    long sharedFailures,
    long undecodable) {

  /** Returns the part of the answers that came from memory, 0 to 1, and 1 if there were none. */
  public double hitRate() {
    long all = hits + misses;
    return all == 0 ? 1 : (double) hits / all;
  }
}
