// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.replication.internal.engine.Sample;
import io.scalingtoolkit.replication.internal.node.Cluster;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.Reading;
import io.scalingtoolkit.replication.internal.node.Topology;
import io.scalingtoolkit.replication.internal.route.Reason;
import io.scalingtoolkit.replication.internal.route.RouteMeters;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes the status of a data source from what its parts know. */
final class StatusReport {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double NANOS_PER_MILLI = 1e6;

  private StatusReport() {}

  static ReplicationStatus of(Cluster cluster, RouteMeters meters, Predicate<Node> discovered) {
    Topology topology = cluster.topology();
    Node primary = topology.primary();
    Map<String, Long> decisions = new LinkedHashMap<>();
    for (Reason reason : Reason.values()) {
      long count = meters.routes(reason);
      if (count > 0) {
        decisions.put(reason.tag(), count);
      }
    }
    List<ReplicationStatus.NodeStatus> nodes =
        cluster.nodes().stream().map(node -> node(node, primary, discovered.test(node))).toList();
    return new ReplicationStatus(
        cluster.settings().name(),
        primary == null ? null : primary.name(),
        topology.obstacle(),
        nodes,
        Collections.unmodifiableMap(decisions),
        meters.heals(),
        meters.retries(),
        meters.rebases(),
        cluster.failovers().sum());
  }

  private static ReplicationStatus.NodeStatus node(
      Node node, @Nullable Node primary, boolean discovered) {
    Reading reading = node.reading();
    Sample sample = reading == null ? null : reading.sample();
    long age = node.ageNanos();
    Exception failure = node.lastFailure();
    return new ReplicationStatus.NodeStatus(
        node.name(),
        sample == null ? "unknown" : sample.isPrimary() ? "primary" : "replica",
        state(node, primary),
        age < 0 || sample == null ? null : age / NANOS_PER_SECOND,
        sample == null ? null : sample.position().toString(),
        node.load().inFlight(),
        node.load().latencyNanos() / NANOS_PER_MILLI,
        node.load().weight(),
        node.load().zone(),
        discovered,
        failure == null ? null : failure.getMessage());
  }

  private static String state(Node node, @Nullable Node primary) {
    if (node.isDrained()) {
      return "draining";
    }
    if (!node.isUp()) {
      return "silent";
    }
    if (node == primary || node.isReadable()) {
      return "in use";
    }
    if (node.isFenced()) {
      return "fenced";
    }
    return node.isOnTrial() ? "quarantined" : "foreign";
  }
}
