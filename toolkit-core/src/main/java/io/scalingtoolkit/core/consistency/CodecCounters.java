// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.metrics.CoreMetric;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts what a codec reads and writes, or nothing without a registry; thread-safe. */
final class CodecCounters {
  private final @Nullable Counter accepted;
  private final Map<Decoded.Reason, Counter> ignored = new EnumMap<>(Decoded.Reason.class);
  private final Map<Encoding, Counter> encoded = new EnumMap<>(Encoding.class);

  /** How much of a bookmark its encoded form could hold. */
  enum Encoding {
    EXACT,
    UNRESOLVED,
    OVERFLOW
  }

  CodecCounters(@Nullable MeterRegistry registry) {
    if (registry == null) {
      accepted = null;
      return;
    }
    accepted = counter(registry, CoreMetric.BOOKMARK_DECODES, "accepted");
    for (Decoded.Reason reason : Decoded.Reason.values()) {
      ignored.put(reason, counter(registry, CoreMetric.BOOKMARK_DECODES, reason.tagValue()));
    }
    for (Encoding encoding : Encoding.values()) {
      String outcome = encoding.name().toLowerCase(Locale.ROOT);
      encoded.put(encoding, counter(registry, CoreMetric.BOOKMARK_ENCODES, outcome));
    }
  }

  private static Counter counter(MeterRegistry registry, CoreMetric metric, String outcome) {
    return Counter.builder(metric.id())
        .baseUnit(metric.baseUnit())
        .tag(metric.tagKeys().get(0), outcome)
        .register(registry);
  }

  Decoded count(Decoded decoded) {
    increment(decoded instanceof Decoded.Ignored no ? ignored.get(no.reason()) : accepted);
    return decoded;
  }

  void count(Encoding encoding) {
    increment(encoded.get(encoding));
  }

  private static void increment(@Nullable Counter counter) {
    if (counter != null) {
      counter.increment();
    }
  }
}
