// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.process.Deadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Turns started, empty nodes into a cluster and tells whether a cluster is in order, in the steps
 * of redis-cli but without it. Confined.
 *
 * <p>Cost: a primary of an empty cluster takes no writes in its first two seconds (the constant
 * CLUSTER_WRITABLE_DELAY of Redis), so no formation can be faster than that.
 */
final class ClusterFormation {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

  private ClusterFormation() {}

  /**
   * Forms the cluster: the first nodes become primaries with equal shares of the slots, the others
   * their replicas in turn.
   */
  static void form(List<RedisNode> nodes, int primaries, Deadline deadline) throws IOException {
    for (int i = 0; i < primaries; i++) {
      RedisNode primary = nodes.get(i);
      ask(
          primary,
          "CLUSTER",
          "ADDSLOTSRANGE",
          number(first(i, primaries)),
          number(last(i, primaries)));
      ask(primary, "CLUSTER", "SET-CONFIG-EPOCH", number(i + 1));
    }
    RedisNode host = nodes.get(0);
    for (RedisNode guest : nodes.subList(1, nodes.size())) {
      ask(host, "CLUSTER", "MEET", guest.host(), number(guest.port()));
    }
    for (int i = primaries; i < nodes.size(); i++) {
      RedisNode replica = nodes.get(i);
      String primaryId = id(nodes.get(i % primaries));
      // Refused until the primary's name has reached this node by gossip.
      deadline.await(
          replica + " has become a replica",
          () -> ask(replica, "CLUSTER", "REPLICATE", primaryId).text().equals("OK"));
    }
  }

  private static int first(int index, int primaries) {
    return index * Slots.COUNT / primaries;
  }

  private static int last(int index, int primaries) {
    return first(index + 1, primaries) - 1;
  }

  /** The identity of a node, which it keeps over restarts. */
  static String id(RedisNode node) throws IOException {
    return ask(node, "CLUSTER", "MYID").text();
  }

  /**
   * What keeps the cluster from being healthy, empty when it is: every slot is served by a running
   * primary, all running nodes agree on that, suspect no running node, and every running replica is
   * linked to its primary.
   */
  static List<String> troubles(List<RedisNode> nodes) throws IOException {
    List<RedisNode> running = nodes.stream().filter(RedisNode::isRunning).toList();
    List<String> troubles = new ArrayList<>();
    if (running.isEmpty()) {
      troubles.add("no node runs");
      return troubles;
    }
    Map<Integer, String> agreed = ClusterView.seenBy(running.get(0)).shape();
    for (RedisNode node : running) {
      Map<String, String> info = RedisNode.fields(ask(node, "CLUSTER", "INFO").text());
      if (!"ok".equals(info.get("cluster_state"))) {
        troubles.add(node + " says cluster_state:" + info.get("cluster_state"));
      }
      ClusterView view = ClusterView.seenBy(node);
      if (!view.shape().equals(agreed)) {
        troubles.add(node + " and " + running.get(0) + " disagree");
      }
      addTroubles(troubles, node, view, running);
      Map<String, String> replication = node.info("replication");
      if ("slave".equals(replication.get("role"))
          && !"up".equals(replication.get("master_link_status"))) {
        troubles.add(node + " is not linked to its primary");
      }
    }
    return troubles;
  }

  private static void addTroubles(
      List<String> troubles, RedisNode node, ClusterView view, List<RedisNode> running) {
    int served = 0;
    for (RedisNode other : running) {
      ClusterView.Member member = view.at(other.port());
      if (member == null || member.suspect()) {
        troubles.add(node + (member == null ? " does not know " : " suspects ") + other);
      } else {
        served += member.slots().cardinality();
      }
    }
    if (served != Slots.COUNT) {
      troubles.add(node + " sees " + served + " slots served by running nodes");
    }
  }

  static RedisReply ask(RedisNode node, String... words) throws IOException {
    return node.ask(StandardCharsets.UTF_8, ANSWER_LIMIT, words);
  }

  private static String number(int value) {
    return Integer.toString(value);
  }
}
