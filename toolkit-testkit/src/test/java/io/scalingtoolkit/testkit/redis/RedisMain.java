// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/** The main class of child JVMs: starts a cluster, says where it is, and does what it is told. */
final class RedisMain {
  private RedisMain() {}

  /**
   * Runs with one argument: {@code verbs} uses a cluster and a server and closes them; {@code
   * wait-frozen} freezes half of the nodes and waits to be killed.
   */
  public static void main(String[] arguments) throws Exception {
    RedisCluster cluster = RedisCluster.builder().replicasPerMaster(1).appendOnly().start();
    System.out.println("PIDS " + pids(cluster.nodes()));
    System.out.println("FILES " + files(cluster.nodes().get(0)));
    if (arguments[0].equals("verbs")) {
      use(cluster);
      cluster.close();
      System.out.println("USER " + System.getProperty("user.name"));
    } else {
      cluster.replicas().forEach(RedisNode::freeze);
      System.out.println("FROZEN yes");
      new CountDownLatch(1).await();
    }
  }

  private static void use(RedisCluster cluster) {
    cluster.masterOf("k").command("SET", "k", "v");
    RedisNode master = cluster.masterOf("k");
    cluster.failover(cluster.replicasOf(master).get(0));
    cluster.masterOf("k").restart();
    cluster.awaitHealthy(Duration.ofSeconds(30));
    String kept = cluster.masterOf("k").command("GET", "k").text();
    try (RedisServer server = RedisServer.builder().replicas(1).start()) {
      server.freeze();
      server.thaw();
      server.kill();
      server.promote(server.replicas().get(0));
      server.command("SET", "k", kept);
      System.out.println("VALUE " + server.command("GET", "k"));
    }
  }

  private static String pids(List<RedisNode> nodes) {
    return nodes.stream()
        .map(node -> Long.toString(node.requireProcess().pid()))
        .collect(Collectors.joining(" "));
  }

  /** The directory of all files of this JVM: two levels above that in which a node works. */
  private static Path files(RedisNode node) throws IOException {
    Path cwd = Path.of("/proc", Long.toString(node.requireProcess().pid()), "cwd").toRealPath();
    return cwd.getParent().getParent();
  }
}
