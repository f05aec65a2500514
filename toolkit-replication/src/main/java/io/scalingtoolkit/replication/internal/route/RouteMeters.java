// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.node.Cluster;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.metrics.ReplicationMetric;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts decisions, whether or not a registry looks at them; thread-safe. */
public final class RouteMeters {
  private static final double NANOS_PER_SECOND = 1e9;

  private final Map<Reason, LongAdder> routes = new EnumMap<>(Reason.class);
  private final LongAdder heals = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder rebases = new LongAdder();
  private final LongAdder discoveryFailures = new LongAdder();
  private final @Nullable MeterRegistry registry;
  private final String source;
  private final List<Meter> meters = new ArrayList<>();
  private final ConcurrentMap<Node, List<Meter>> nodeMeters = new ConcurrentHashMap<>();
  private @Nullable Timer waits;

  public RouteMeters(@Nullable MeterRegistry registry, Cluster cluster) {
    this.registry = registry;
    this.source = cluster.settings().name();
    for (Reason reason : Reason.values()) {
      routes.put(reason, new LongAdder());
    }
    if (registry != null) {
      register(registry, cluster);
    }
  }

  private void register(MeterRegistry to, Cluster cluster) {
    routes.forEach(
        (reason, count) ->
            meters.add(
                FunctionCounter.builder(ReplicationMetric.ROUTES.id(), count, LongAdder::sum)
                    .baseUnit(ReplicationMetric.ROUTES.baseUnit())
                    .tags(
                        "source",
                        source,
                        "role",
                        reason.role().name().toLowerCase(Locale.ROOT),
                        "reason",
                        reason.tag())
                    .register(to)));
    counter(to, ReplicationMetric.HEALS, heals);
    counter(to, ReplicationMetric.RETRIES, retries);
    counter(to, ReplicationMetric.REBASES, rebases);
    counter(to, ReplicationMetric.FAILOVERS, cluster.failovers());
    counter(to, ReplicationMetric.DISCOVERY_FAILURES, discoveryFailures);
    waits = Timer.builder(ReplicationMetric.WAITS.id()).tag("source", source).register(to);
    meters.add(waits);
    cluster.nodes().forEach(this::added);
  }

  private void counter(MeterRegistry to, ReplicationMetric metric, LongAdder count) {
    meters.add(
        FunctionCounter.builder(metric.id(), count, LongAdder::sum)
            .baseUnit(metric.baseUnit())
            .tag("source", source)
            .register(to));
  }

  /** Registers the gauges of a node. */
  public void added(Node node) {
    MeterRegistry to = registry;
    if (to == null) {
      return;
    }
    Tags tags = Tags.of("source", source, "node", node.name());
    nodeMeters.put(
        node,
        List.of(
            Gauge.builder(ReplicationMetric.LAG.id(), node, RouteMeters::lagSeconds)
                .baseUnit(ReplicationMetric.LAG.baseUnit())
                .tags(tags)
                .register(to),
            Gauge.builder(ReplicationMetric.USABLE.id(), node, n -> n.isUsable() ? 1 : 0)
                .baseUnit(ReplicationMetric.USABLE.baseUnit())
                .tags(tags)
                .register(to)));
  }

  /** Removes the gauges of a node. */
  public void removed(Node node) {
    List<Meter> gone = nodeMeters.remove(node);
    MeterRegistry from = registry;
    if (gone != null && from != null) {
      gone.forEach(from::remove);
    }
  }

  private static double lagSeconds(Node node) {
    long nanos = node.ageNanos();
    return nanos < 0 ? Double.NaN : nanos / NANOS_PER_SECOND;
  }

  private LongAdder adder(Reason reason) {
    return Objects.requireNonNull(routes.get(reason));
  }

  void count(Reason reason) {
    adder(reason).increment();
  }

  /** Counts a refused statement that the primary runs. */
  public void healed() {
    heals.increment();
  }

  /** Counts a read that runs again. */
  public void retried() {
    retries.increment();
  }

  /** Counts a round of discovery in which something failed. */
  public void discoveryFailed() {
    discoveryFailures.increment();
  }

  void rebased() {
    rebases.increment();
  }

  void waited(long nanos) {
    Timer timer = waits;
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Returns how many decisions had this reason. */
  public long routes(Reason reason) {
    return adder(reason).sum();
  }

  /** Returns how many decisions chose this role. */
  public long routes(Role role) {
    long sum = 0;
    for (Reason reason : Reason.values()) {
      sum += reason.role() == role ? routes(reason) : 0;
    }
    return sum;
  }

  /** Returns how many refused statements the primary ran. */
  public long heals() {
    return heals.sum();
  }

  /** Returns how many reads ran again. */
  public long retries() {
    return retries.sum();
  }

  /** Returns how many positions were replaced. */
  public long rebases() {
    return rebases.sum();
  }

  /** Returns how many rounds of discovery failed. */
  public long discoveryFailures() {
    return discoveryFailures.sum();
  }

  /** Takes all meters out of the registry. */
  public void close() {
    MeterRegistry from = registry;
    if (from != null) {
      meters.forEach(from::remove);
      List.copyOf(nodeMeters.keySet()).forEach(this::removed);
    }
  }
}
