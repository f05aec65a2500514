// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What a purger counts; thread-safe. */
final class PurgeCounters {
  final LongAdder done = new LongAdder();
  final LongAdder merged = new LongAdder();
  final LongAdder lost = new LongAdder();
  final LongAdder requests = new LongAdder();
  final LongAdder failedRequests = new LongAdder();

  PurgeStats stats(long waiting) {
    return new PurgeStats(
        done.sum(), merged.sum(), lost.sum(), requests.sum(), failedRequests.sum(), waiting);
  }

  /** Returns what takes the meters out again. */
  Runnable bind(MeterRegistry registry, String purger, PurgeQueue queue) {
    Tags tags = Tags.of(PurgeMetric.WAITING.tagKeys().get(0), purger);
    List<Meter> all =
        List.of(
            count(registry, PurgeMetric.PURGES, tags, "done", done),
            count(registry, PurgeMetric.PURGES, tags, "merged", merged),
            count(registry, PurgeMetric.PURGES, tags, "lost", lost),
            count(registry, PurgeMetric.REQUESTS, tags, "done", requests),
            count(registry, PurgeMetric.REQUESTS, tags, "failed", failedRequests),
            Gauge.builder(PurgeMetric.WAITING.id(), queue, PurgeQueue::size)
                .baseUnit(PurgeMetric.WAITING.baseUnit())
                .tags(tags)
                .register(registry));
    return () -> all.forEach(registry::remove);
  }

  private static Meter count(
      MeterRegistry registry, PurgeMetric metric, Tags tags, String outcome, LongAdder counter) {
    return FunctionCounter.builder(metric.id(), counter, LongAdder::sum)
        .baseUnit(metric.baseUnit())
        .tags(tags.and(metric.tagKeys().get(1), outcome))
        .register(registry);
  }
}
