// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.sharding.metrics.ShardingMetric;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** The meters of a data source; none without a registry. Thread-safe. */
final class ShardMeters implements AutoCloseable {
  private final @Nullable MeterRegistry registry;
  private final Queue<Meter> registered = new ConcurrentLinkedQueue<>();

  ShardMeters(@Nullable MeterRegistry registry, MapWatch watch) {
    this.registry = registry;
    if (registry != null) {
      registered.add(
          Gauge.builder(ShardingMetric.MAP_VERSION.id(), watch, MapWatch::version)
              .baseUnit(ShardingMetric.MAP_VERSION.baseUnit())
              .register(registry));
      registered.add(
          FunctionCounter.builder(ShardingMetric.MAP_FAILURES.id(), watch, MapWatch::failures)
              .baseUnit(ShardingMetric.MAP_FAILURES.baseUnit())
              .register(registry));
    }
  }

  void retried(String shard) {
    if (registry != null) {
      Counter counter =
          Counter.builder(ShardingMetric.RETRIES.id())
              .baseUnit(ShardingMetric.RETRIES.baseUnit())
              .tag("shard", shard)
              .register(registry);
      counter.increment();
      if (!registered.contains(counter)) {
        registered.add(counter);
      }
    }
  }

  @Override
  public void close() {
    if (registry != null) {
      List.copyOf(registered).forEach(registry::remove);
    }
  }
}
