// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.metrics.CoreMetric;
import org.jspecify.annotations.Nullable;

/** Counts retries and hedges of one downstream, or nothing without a registry; thread-safe. */
final class DownstreamCounters {
  private final String name;
  private final @Nullable MeterRegistry registry;

  DownstreamCounters(String name, @Nullable MeterRegistry registry) {
    this.name = name;
    this.registry = registry;
  }

  void budget(RetryBudget budget) {
    if (registry != null) {
      CoreMetric metric = CoreMetric.DOWNSTREAM_BUDGET;
      Gauge.builder(metric.id(), budget, RetryBudget::balance)
          .baseUnit(metric.baseUnit())
          .tags(metric.tags(name))
          .strongReference(true)
          .register(registry);
    }
  }

  void retry(String outcome) {
    count(CoreMetric.DOWNSTREAM_RETRIES, outcome);
  }

  void hedge(String outcome) {
    count(CoreMetric.DOWNSTREAM_HEDGES, outcome);
  }

  private void count(CoreMetric metric, String outcome) {
    if (registry != null) {
      Counter.builder(metric.id())
          .baseUnit(metric.baseUnit())
          .tags(metric.tags(name, outcome))
          .register(registry)
          .increment();
    }
  }
}
