// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.metrics.CoreMetric;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/** Counts what a limiter admits and rejects; thread-safe. */
final class OverloadCounters {
  private static final int LEVELS = Priority.values().length;
  private static final int REASONS = Verdict.Reason.values().length;
  private static final double NANOS_PER_SECOND = 1e9;

  private final LongAdder[] admitted = new LongAdder[LEVELS];
  private final LongAdder[][] rejected = new LongAdder[LEVELS][REASONS];

  OverloadCounters() {
    for (int level = 0; level < LEVELS; level++) {
      admitted[level] = new LongAdder();
      for (int reason = 0; reason < REASONS; reason++) {
        rejected[level][reason] = new LongAdder();
      }
    }
  }

  void admitted(Priority priority) {
    admitted[priority.level()].increment();
  }

  void rejected(Priority priority, Verdict.Reason reason) {
    rejected[priority.level()][reason.index()].increment();
  }

  long admittedInAll() {
    return sum(admitted);
  }

  long rejectedInAll() {
    long all = 0;
    for (LongAdder[] reasons : rejected) {
      all += sum(reasons);
    }
    return all;
  }

  private static long sum(LongAdder[] adders) {
    long all = 0;
    for (LongAdder adder : adders) {
      all += adder.sum();
    }
    return all;
  }

  void register(MeterRegistry registry, AdaptiveLimiter limiter, PermitLedger ledger) {
    for (Priority priority : Priority.values()) {
      count(
          registry,
          CoreMetric.OVERLOAD_REQUESTS,
          admitted[priority.level()],
          limiter.name(),
          priority.label(),
          "admitted");
      for (Verdict.Reason reason : Verdict.Reason.values()) {
        count(
            registry,
            CoreMetric.OVERLOAD_REQUESTS,
            rejected[priority.level()][reason.index()],
            limiter.name(),
            priority.label(),
            reason.label());
      }
    }
    count(registry, CoreMetric.OVERLOAD_LEAKS, ledger.collected, limiter.name(), "collected");
    count(registry, CoreMetric.OVERLOAD_LEAKS, ledger.aged, limiter.name(), "aged");
    gauge(registry, CoreMetric.OVERLOAD_LIMIT, limiter, each -> each.snapshot().limit());
    gauge(registry, CoreMetric.OVERLOAD_IN_FLIGHT, limiter, AdaptiveLimiter::inFlight);
    gauge(
        registry, CoreMetric.OVERLOAD_THRESHOLD, limiter, each -> each.snapshot().shedThreshold());
    gauge(
        registry,
        CoreMetric.OVERLOAD_BASE,
        limiter,
        each -> each.snapshot().baseLatency().toNanos() / NANOS_PER_SECOND);
    gauge(
        registry,
        CoreMetric.OVERLOAD_TARGET,
        limiter,
        each -> each.snapshot().targetLatency().toNanos() / NANOS_PER_SECOND);
  }

  private static void count(
      MeterRegistry registry, CoreMetric metric, LongAdder adder, String... tagValues) {
    FunctionCounter.builder(metric.id(), adder, LongAdder::sum)
        .baseUnit(metric.baseUnit())
        .tags(metric.tags(tagValues))
        .register(registry);
  }

  private static void gauge(
      MeterRegistry registry,
      CoreMetric metric,
      AdaptiveLimiter limiter,
      ToDoubleFunction<AdaptiveLimiter> value) {
    Gauge.builder(metric.id(), limiter, value)
        .baseUnit(metric.baseUnit())
        .tags(metric.tags(limiter.name()))
        .strongReference(true)
        .register(registry);
  }
}
