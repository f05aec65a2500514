// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.DurableDirectory;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The start of a cluster on the data of an earlier one. Confined. */
record Resumption(PostgresCluster cluster, DurableDirectory durable) {
  private static final Logger log = LoggerFactory.getLogger(Resumption.class);

  /** A replica that does not stream by then has lost too much. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /**
   * Finds out who was the primary last: of the nodes that follow nobody, the one that was promoted
   * last, which is on the newest timeline.
   */
  PostgresNode findPrimary(PostgresSettings settings) {
    for (String name : durable.nodes()) {
      DataDirectory data = new DataDirectory(cluster.workspace().path().resolve(name));
      data.configure(settings.values());
      cluster.addNode(data);
    }
    return cluster.nodes().stream()
        .filter(node -> !node.data().isStandby())
        .max(
            Comparator.comparingInt((PostgresNode node) -> node.data().timeline())
                .thenComparing(node -> node.name().equals(durable.primary())))
        .orElseThrow(
            () ->
                new EngineException("no node in " + cluster.workspace().path() + " is a primary"));
  }

  /** Starts the primary and as many replicas; what is missing is made, what is left over rests. */
  void start(PostgresNode primary, int replicas) {
    primary.data().handOver();
    primary.start();
    List<PostgresNode> others = cluster.nodes().stream().filter(node -> node != primary).toList();
    int known = Math.min(replicas, others.size());
    others.subList(known, others.size()).forEach(cluster::drop);
    others.subList(0, known).forEach(node -> follow(node, primary));
    for (int i = known; i < replicas; i++) {
      cluster.addReplica();
    }
  }

  /** Lets a node follow with the data it has, and with a fresh copy when it cannot. */
  private void follow(PostgresNode node, PostgresNode primary) {
    if (node.data().isStandby()) {
      try {
        cluster.startAll(primary, List.of(node));
        PostgresCluster.awaitStreaming(primary, node, LIMIT);
        cluster.enlist(node);
        return;
      } catch (EngineException e) {
        log.warn("{} cannot follow {} with the data it has and gets a copy", node, primary, e);
      }
    }
    cluster.rejoin(node);
  }
}
