// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Binds the counters of a cache to a registry, which samples them. */
final class CacheMeters {
  private CacheMeters() {}

  /** Returns what takes them out again. */
  static Runnable bind(
      MeterRegistry registry,
      String cache,
      Counters counters,
      LocalStore<?, ?> store,
      boolean shared) {
    Tags tags = Tags.of(CacheMetric.REQUESTS.tagKeys().get(0), cache);
    String outcome = CacheMetric.REQUESTS.tagKeys().get(1);
    List<Meter> all = new ArrayList<>();
    all.add(count(registry, CacheMetric.REQUESTS, tags.and(outcome, "hit"), counters.hits));
    all.add(count(registry, CacheMetric.REQUESTS, tags.and(outcome, "miss"), counters.misses));
    all.add(count(registry, CacheMetric.STALE, tags, counters.staleHits));
    all.add(count(registry, CacheMetric.LOAD_FAILURES, tags, counters.loadFailures));
    all.add(count(registry, CacheMetric.REFRESHES, tags, counters.refreshes));
    all.add(count(registry, CacheMetric.REFUSED_FILLS, tags, counters.refusedFills));
    all.add(
        FunctionTimer.builder(
                CacheMetric.LOADS.id(),
                counters,
                each -> each.loads.sum(),
                each -> each.loadNanos.sum(),
                TimeUnit.NANOSECONDS)
            .tags(tags)
            .register(registry));
    all.add(
        Gauge.builder(CacheMetric.ENTRIES.id(), store, LocalStore::size)
            .baseUnit(CacheMetric.ENTRIES.baseUnit())
            .tags(tags)
            .register(registry));
    if (shared) {
      all.add(count(registry, CacheMetric.SHARED_HITS, tags, counters.remoteHits));
      all.add(count(registry, CacheMetric.SHARED_FAILURES, tags, counters.remoteFailures));
      all.add(count(registry, CacheMetric.UNDECODABLE, tags, counters.undecodable));
    }
    return () -> all.forEach(registry::remove);
  }

  private static Meter count(
      MeterRegistry registry, CacheMetric metric, Tags tags, LongAdder counter) {
    return FunctionCounter.builder(metric.id(), counter, LongAdder::sum)
        .baseUnit(metric.baseUnit())
        .tags(tags)
        .register(registry);
  }
}
