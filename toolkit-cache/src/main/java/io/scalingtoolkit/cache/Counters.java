// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** What a cache counts; thread-safe. */
final class Counters {
  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder staleHits = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder loadFailures = new LongAdder();
  final LongAdder loadNanos = new LongAdder();
  final LongAdder refreshes = new LongAdder();
  final LongAdder refusedFills = new LongAdder();
  final LongAdder remoteHits = new LongAdder();
  final LongAdder remoteFailures = new LongAdder();
  final LongAdder undecodable = new LongAdder();

  CacheStats stats() {
    return new CacheStats(
        hits.sum(),
        misses.sum(),
        staleHits.sum(),
        loads.sum(),
        loadFailures.sum(),
        Duration.ofNanos(loadNanos.sum()),
        refreshes.sum(),
        refusedFills.sum(),
        remoteHits.sum(),
        remoteFailures.sum(),
        undecodable.sum());
  }
}
