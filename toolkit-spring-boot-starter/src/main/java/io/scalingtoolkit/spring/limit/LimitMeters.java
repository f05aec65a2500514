// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.spring.StarterMetric;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counters of what the policies in force have decided; confined to the changes of the policies,
 * which come one after another.
 */
final class LimitMeters implements Consumer<LimitPolicies> {
  private final @Nullable MeterRegistry registry;
  private final Map<String, List<Meter>> meters = new HashMap<>();

  LimitMeters(@Nullable MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void accept(LimitPolicies policies) {
    MeterRegistry target = registry;
    if (target == null) {
      return;
    }
    Map<String, Policy.Counts> counts = policies.counts();
    meters
        .entrySet()
        .removeIf(
            known -> {
              boolean gone = !counts.containsKey(known.getKey());
              if (gone) {
                known.getValue().forEach(target::remove);
              }
              return gone;
            });
    counts.forEach((name, each) -> meters.computeIfAbsent(name, it -> made(target, it, each)));
  }

  private static List<Meter> made(MeterRegistry registry, String policy, Policy.Counts counts) {
    List<Meter> made = new ArrayList<>();
    made.add(counter(registry, policy, "granted", counts, it -> it.granted));
    made.add(counter(registry, policy, "denied", counts, it -> it.denied));
    made.add(counter(registry, policy, "would-deny", counts, it -> it.wouldDeny));
    return made;
  }

  private static Meter counter(
      MeterRegistry registry,
      String policy,
      String outcome,
      Policy.Counts counts,
      Function<Policy.Counts, LongAdder> adder) {
    StarterMetric metric = StarterMetric.LIMIT_REQUESTS;
    return FunctionCounter.builder(metric.id(), counts, it -> adder.apply(it).sum())
        .baseUnit(metric.baseUnit())
        .tag(metric.tagKeys().get(0), policy)
        .tag(metric.tagKeys().get(1), outcome)
        .register(registry);
  }
}
