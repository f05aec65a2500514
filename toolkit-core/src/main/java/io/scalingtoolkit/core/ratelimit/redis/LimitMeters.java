// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.scalingtoolkit.core.metrics.CoreMetric;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** What one limiter counts; thread-safe. */
final class LimitMeters {
  /** Where an answer came from. */
  enum Source {
    KNOWN,
    LEASE,
    REDIS,
    OUTAGE
  }

  /** How a call failed. */
  enum Failure {
    /** Without an answer in time. */
    SILENT,
    /** With an error that calls for other keys will get as well. */
    ERROR,
    /** Because the key holds what no limit wrote. */
    FOREIGN
  }

  // Filled once and read since.
  private final Map<Source, Counter> admitted = new EnumMap<>(Source.class);
  private final Map<Source, Counter> refused = new EnumMap<>(Source.class);
  private final Timer calls;
  private final Counter silent;
  private final Counter errors;
  private final Counter leased;
  private final Counter returned;
  private final Counter lost;

  LimitMeters(MeterRegistry registry, String limiter) {
    for (Source source : Source.values()) {
      String name = source.name().toLowerCase(Locale.ROOT);
      CoreMetric decisions = CoreMetric.RATELIMIT_DECISIONS;
      admitted.put(source, counter(registry, decisions, limiter, name, "admitted"));
      refused.put(source, counter(registry, decisions, limiter, name, "refused"));
    }
    CoreMetric timed = CoreMetric.RATELIMIT_CALLS;
    calls = Timer.builder(timed.id()).tag(timed.tagKeys().get(0), limiter).register(registry);
    silent = counter(registry, CoreMetric.RATELIMIT_FAILURES, limiter, "silent");
    errors = counter(registry, CoreMetric.RATELIMIT_FAILURES, limiter, "error");
    leased = counter(registry, CoreMetric.RATELIMIT_LEASED, limiter);
    returned = counter(registry, CoreMetric.RATELIMIT_RETURNED, limiter);
    lost = counter(registry, CoreMetric.RATELIMIT_LOST, limiter);
  }

  static Counter counter(MeterRegistry registry, CoreMetric metric, String... values) {
    Counter.Builder builder = Counter.builder(metric.id()).baseUnit(metric.baseUnit());
    for (int i = 0; i < values.length; i++) {
      builder.tag(metric.tagKeys().get(i), values[i]);
    }
    return builder.register(registry);
  }

  void admitted(Source source) {
    Objects.requireNonNull(admitted.get(source)).increment();
  }

  void refused(Source source) {
    Objects.requireNonNull(refused.get(source)).increment();
  }

  void called(long nanos) {
    calls.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a failure. */
  Failure failed(Throwable problem) {
    Throwable cause =
        problem instanceof CompletionException && problem.getCause() != null
            ? problem.getCause()
            : problem;
    if (!(cause instanceof RedisCommandExecutionException error)) {
      silent.increment();
      return Failure.SILENT;
    }
    errors.increment();
    String text = String.valueOf(error.getMessage());
    return text.startsWith(Script.FOREIGN) ? Failure.FOREIGN : Failure.ERROR;
  }

  void leased(long permits) {
    leased.increment((double) permits);
  }

  void returned(long permits) {
    returned.increment((double) permits);
  }

  void lost() {
    lost.increment();
  }
}
