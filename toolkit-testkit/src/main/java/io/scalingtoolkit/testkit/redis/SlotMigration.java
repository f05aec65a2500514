// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.process.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The move of one slot with its keys between two primaries of a running cluster, in the steps of
 * the Redis cluster specification, "Live reconfiguration". Confined.
 *
 * <p>Every step can be repeated, and is, since a node answers MOVED or "not the owner" while news
 * of a failover has not reached it. Until the target has taken the slot, the source keeps it and
 * answers ASK for keys that have left.
 */
final class SlotMigration implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SlotMigration.class);

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final String BATCH = "100";
  private static final String MIGRATE_MILLIS = "5000";

  private final RedisNode source;
  private final RedisNode target;
  private final List<RedisNode> others;
  private final Map<RedisNode, RespClient> clients = new HashMap<>();
  private final String sourceId;
  private final String targetId;

  SlotMigration(RedisNode source, RedisNode target, List<RedisNode> others) throws IOException {
    this.source = source;
    this.target = target;
    this.others = List.copyOf(others);
    this.sourceId = ClusterFormation.id(source);
    this.targetId = ClusterFormation.id(target);
  }

  /** Marks the slot as leaving and arriving; no key moves. */
  void open(int slot, Deadline deadline) {
    deadline.await("slot " + slot + " is marked for migration", () -> tryOpen(slot));
  }

  /** Moves the slot with all its keys and tells the primaries, the source for certain. */
  void move(int slot, Deadline deadline) {
    deadline.await(
        "slot " + slot + " has moved from " + source + " to " + target, () -> tryTake(slot));
    deadline.await("the primaries know the new owner of slot " + slot, () -> tryTell(slot));
  }

  private boolean tryOpen(int slot) throws IOException {
    call(target, "CLUSTER", "SETSLOT", number(slot), "IMPORTING", sourceId);
    call(source, "CLUSTER", "SETSLOT", number(slot), "MIGRATING", targetId);
    return true;
  }

  private boolean tryTake(int slot) throws IOException {
    tryOpen(slot);
    List<RedisReply> keys = keysIn(slot);
    while (!keys.isEmpty()) {
      call(source, migrateCommand(keys));
      keys = keysIn(slot);
    }
    call(target, "CLUSTER", "SETSLOT", number(slot), "NODE", targetId);
    return true;
  }

  private boolean tryTell(int slot) throws IOException {
    call(source, "CLUSTER", "SETSLOT", number(slot), "NODE", targetId);
    for (RedisNode other : others) {
      if (other.isRunning()) {
        tellGently(slot, other);
      }
    }
    return true;
  }

  /** Tells a primary that has no part in the move; without it gossip would, a little later. */
  private void tellGently(int slot, RedisNode other) throws IOException {
    try {
      call(other, "CLUSTER", "SETSLOT", number(slot), "NODE", targetId);
    } catch (RedisCommandException e) {
      // It has stopped being a primary, or knows nothing of the target yet: gossip decides.
      log.debug("{} was not told the owner of slot {}: {}", other, slot, e.getMessage());
    }
  }

  private List<RedisReply> keysIn(int slot) throws IOException {
    return call(source, "CLUSTER", "GETKEYSINSLOT", number(slot), BATCH).items();
  }

  private String[] migrateCommand(List<RedisReply> keys) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("MIGRATE", target.host(), number(target.port()), "", "0", MIGRATE_MILLIS));
    // A repeated step may find on the target what a broken one had copied there.
    words.add("REPLACE");
    String password = target.password();
    if (password != null) {
      words.addAll(List.of("AUTH", password));
    }
    words.add("KEYS");
    keys.forEach(key -> words.add(key.text()));
    return words.toArray(String[]::new);
  }

  private RedisReply call(RedisNode node, String... words) throws IOException {
    RespClient client = clients.get(node);
    if (client == null) {
      client = node.connect(RespClient.BYTES, ANSWER_LIMIT);
      clients.put(node, client);
    }
    try {
      return client.call(List.of(words));
    } catch (IOException e) {
      clients.remove(node);
      client.close();
      throw e;
    }
  }

  private static String number(int value) {
    return Integer.toString(value);
  }

  @Override
  public void close() throws IOException {
    for (RespClient client : clients.values()) {
      client.close();
    }
  }
}
