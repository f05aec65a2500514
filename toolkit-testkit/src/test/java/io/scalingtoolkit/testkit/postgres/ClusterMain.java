// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.process.EngineProcess;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The main class of child JVMs: starts a cluster, says where it is, and does what it is told. */
final class ClusterMain {
  private ClusterMain() {}

  /**
   * Runs with one argument: {@code verbs} uses the cluster and closes it; {@code wait} waits to be
   * killed; {@code wait-frozen} does so with all servers frozen; {@code exit} ends without closing.
   */
  public static void main(String[] arguments) throws Exception {
    PostgresCluster cluster = PostgresCluster.builder().replicas(1).start();
    System.out.println("FILES " + cluster.workspace().path());
    System.out.println("PIDS " + pids(cluster));
    switch (arguments[0]) {
      case "verbs" -> useAndClose(cluster);
      case "wait" -> waitForever();
      case "wait-frozen" -> {
        cluster.nodes().forEach(PostgresNode::freeze);
        System.out.println("FROZEN yes");
        waitForever();
      }
      case "exit" -> System.out.println("EXIT now");
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void useAndClose(PostgresCluster cluster) throws Exception {
    PostgresNode first = cluster.primary();
    PostgresNode second = cluster.replica(0);
    Queries.execute(
        first.dataSource(), "create table item (id int)", "insert into item values (1)");
    cluster.awaitCaughtUp();
    second.freeze();
    second.thaw();
    first.kill();
    second.promote();
    cluster.rejoin(first);
    PostgresNode third = cluster.addReplica();
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

  private static String pids(PostgresCluster cluster) {
    List<EngineProcess> roots = cluster.nodes().stream().map(PostgresNode::running).toList();
    return roots.stream()
        .flatMap(
            root ->
                Stream.concat(
                    Stream.of(root.pid()),
                    ProcessHandle.of(root.pid()).stream()
                        .flatMap(ProcessHandle::descendants)
                        .map(ProcessHandle::pid)))
        .map(pid -> Long.toString(pid))
        .collect(Collectors.joining(" "));
  }

  private static void waitForever() throws InterruptedException {
    new CountDownLatch(1).await();
  }
}
