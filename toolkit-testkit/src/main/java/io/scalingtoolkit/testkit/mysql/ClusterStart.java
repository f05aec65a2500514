// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.mysql.GtidNode.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The start of a cluster whose primary has been chosen: on new data, or on those of an earlier. */
final class ClusterStart {
  private static final Logger log = LoggerFactory.getLogger(ClusterStart.class);

  private ClusterStart() {}

  static void create(GtidCluster cluster, ServerProgram program, int replicas) {
    Path template =
        DataFiles.template(cluster.flavor(), program, cluster.workspace(), cluster.access());
    List<GtidNode> followers = new ArrayList<>();
    for (int i = 0; i < replicas; i++) {
      followers.add(cluster.addNode(Role.REPLICA));
    }
    startAll(cluster.nodes(), template);
    followers.forEach(cluster::attach);
    followers.forEach(cluster::enlist);
    if (cluster.workspace().durable() != null) {
      DataFiles.drop(template);
    }
  }

  /** Starts the primary and as many replicas; what is missing is made, what is left over rests. */
  static void resume(GtidCluster cluster, List<String> names, int replicas) {
    GtidNode primary = cluster.primary();
    primary.server().startFresh(false);
    List<String> others = names.stream().filter(name -> !name.equals(primary.name())).toList();
    int known = Math.min(replicas, others.size());
    for (String name : others.subList(0, known)) {
      GtidNode node = cluster.addNode(name, Role.REPLICA);
      node.server().startFresh(true);
      try {
        cluster.follow(node);
      } catch (EngineException e) {
        log.warn("{} cannot follow {} with the data it has and gets a copy", node, primary, e);
        cluster.copyFromPrimary(node);
        cluster.attach(node);
      }
      cluster.enlist(node);
    }
    for (int i = known; i < replicas; i++) {
      cluster.addReplica();
    }
  }

  private static void startAll(List<GtidNode> nodes, Path template) {
    List<CompletableFuture<Void>> starts =
        nodes.stream()
            .map(
                node ->
                    CompletableFuture.runAsync(
                        () -> {
                          DataFiles.copy(template, node.server().data());
                          node.server().startFresh(node.role() == Role.REPLICA);
                        }))
            .toList();
    try {
      CompletableFuture.allOf(starts.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
