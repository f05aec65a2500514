// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/** The main class of child JVMs: starts a cluster, says where it is, and does what it is told. */
final class GtidClusterMain {
  private GtidClusterMain() {}

  /**
   * Runs with two arguments: {@code mariadb} or {@code mysql}, and {@code verbs}, which uses the
   * cluster and closes it, or {@code wait-frozen}, which waits to be killed with a frozen replica.
   */
  public static void main(String[] arguments) throws Exception {
    GtidCluster cluster =
        arguments[0].equals("mysql")
            ? MySqlCluster.builder().replicas(1).start()
            : MariaDbCluster.builder().replicas(1).start();
    Path files = cluster.primary().server().data().getParent();
    System.out.println("FILES " + files);
    System.out.println(
        "PIDS "
            + cluster.nodes().stream()
                .map(node -> Long.toString(node.server().running().pid()))
                .collect(Collectors.joining(" ")));
    switch (arguments[1]) {
      case "verbs" -> useAndClose(cluster);
      case "wait-frozen" -> {
        cluster.replica(0).freeze();
        System.out.println("FROZEN yes");
        new CountDownLatch(1).await();
      }
      default -> throw new IllegalArgumentException(arguments[1]);
    }
  }

  private static void useAndClose(GtidCluster cluster) throws Exception {
    GtidNode first = cluster.primary();
    GtidNode second = cluster.replica(0);
    Queries.execute(
        first.dataSource(), "create table item (id int)", "insert into item values (1)");
    cluster.awaitCaughtUp();
    second.freeze();
    second.thaw();
    second.pauseReplay();
    second.resumeReplay();
    first.kill();
    second.promote();
    cluster.rejoin(first);
    GtidNode third = cluster.addReplica();
    third.stop();
    third.restart();
    cluster.awaitCaughtUp();
    long rows =
        Queries.number(first.dataSource(), "select count(*) from item")
            + Queries.number(third.dataSource(), "select count(*) from item");
    cluster.close();
    System.out.println("ROWS " + rows);
    System.out.println("USER " + System.getProperty("user.name"));
  }
}
