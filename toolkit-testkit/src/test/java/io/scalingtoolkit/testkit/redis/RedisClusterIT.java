// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(180)
final class RedisClusterIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @RegisterExtension
  static final RedisClusterExtension REDIS =
      RedisClusterExtension.of(RedisCluster.builder().replicasPerMaster(1));

  @AfterEach
  void mend() {
    for (RedisNode node : cluster().nodes()) {
      if (!node.isAlive()) {
        node.restart();
      }
      node.thaw();
    }
    cluster().awaitHealthy(LIMIT);
  }

  @Test
  void start_threePlusThree_servesAllSlotsThroughLettuce() {
    try (RedisClusterClient client = client(cluster());
        StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      for (int i = 0; i < 100; i++) {
        connection.sync().set("key" + i, "v" + i);
      }

      assertThat(cluster().masters()).hasSize(3);
      assertThat(cluster().replicas()).hasSize(3);
      for (RedisNode master : cluster().masters()) {
        assertThat(cluster().replicasOf(master)).hasSize(1);
      }
      for (int i = 0; i < 100; i++) {
        assertThat(cluster().masterOf("key" + i).command("GET", "key" + i).text())
            .isEqualTo("v" + i);
      }
    }
  }

  @Test
  void slotOf_keys_agreesWithTheServer() {
    RedisNode any = cluster().nodes().get(0);
    for (String key : List.of("a", "user:1", "{tag}x", "{}x", "x{", "{a}{b}", "größe", "}{x}")) {
      assertThat((long) RedisCluster.slotOf(key))
          .as(key)
          .isEqualTo(any.command("CLUSTER", "KEYSLOT", key).number());
    }
  }

  @Test
  void kill_master_theClusterReplacesItAndTheOldOneComesBackAsReplica() {
    RedisNode old = cluster().masterOf("k");
    try (RedisClusterClient client = client(cluster());
        StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      connection.sync().set("k", "before");

      old.kill();

      Awaitility.await()
          .atMost(LIMIT)
          .ignoreExceptions()
          .until(() -> connection.sync().set("k", "after").equals("OK"));
      cluster().awaitHealthy(LIMIT);
      assertThat(cluster().masterOf("k")).isNotSameAs(old);
      old.restart();
      cluster().awaitHealthy(LIMIT);
      assertThat(cluster().replicas()).contains(old);
      assertThat(connection.sync().get("k")).isEqualTo("after");
    }
  }

  @Test
  void freeze_master_theClusterReplacesItAndTheThawedOneFollows() {
    RedisNode old = cluster().masterOf("k");

    old.freeze();
    cluster().awaitHealthy(LIMIT);

    RedisNode next = cluster().masterOf("k");
    assertThat(next).isNotSameAs(old);
    next.command("SET", "k", "v");
    old.thaw();
    cluster().awaitHealthy(LIMIT);
    assertThat(cluster().replicasOf(next)).containsExactly(old);
  }

  @Test
  void failover_backAndForth_losesNoAcknowledgedWrite() {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger acknowledged = new AtomicInteger();
    try (RedisClusterClient client = client(cluster());
        StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                while (!stop.get()) {
                  connection.sync().rpush("list", "x");
                  acknowledged.incrementAndGet();
                }
              });
      for (int round = 0; round < 3; round++) {
        RedisNode master = cluster().masterOf("list");
        RedisNode replica = cluster().replicasOf(master).get(0);

        cluster().failover(replica);

        assertThat(cluster().masterOf("list")).isSameAs(replica);
        cluster().awaitHealthy(LIMIT);
      }
      stop.set(true);
      assertThat(writer).succeedsWithin(LIMIT);

      assertThat(acknowledged.get()).isPositive();
      assertThat(connection.sync().llen("list")).isEqualTo(acknowledged.longValue());
    }
  }

  @Test
  void failover_deadMaster_takesOverByForce() {
    RedisNode master = cluster().masterOf("k");
    RedisNode replica = cluster().replicasOf(master).get(0);
    master.kill();

    cluster().failover(replica);

    assertThat(cluster().masterOf("k")).isSameAs(replica);
    assertThat(replica.command("SET", "k", "v").text()).isEqualTo("OK");
  }

  @Test
  void failover_toAMaster_isRefused() {
    RedisNode master = cluster().masterOf("k");

    assertThatThrownBy(() -> cluster().failover(master))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be a replica");
    assertThatThrownBy(() -> master.replicaOf(cluster().nodes().get(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("must not be part of a cluster");
  }

  @Test
  void migrateSlot_withKeysUnderWrites_movesThemAll() {
    int slot = RedisCluster.slotOf("{m}");
    RedisNode source = cluster().ownerOf(slot);
    RedisNode target = otherThan(source);
    try (RedisClusterClient client = client(cluster());
        StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      for (int i = 0; i < 1000; i++) {
        connection.sync().set("{m}" + i, "v" + i);
      }
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger written = new AtomicInteger(1000);
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                while (!stop.get()) {
                  int i = written.get();
                  connection.sync().set("{m}" + i, "v" + i);
                  written.incrementAndGet();
                }
              });

      cluster().migrateSlot(slot, target);
      stop.set(true);
      assertThat(writer).succeedsWithin(LIMIT);

      assertThat(cluster().ownerOf(slot)).isSameAs(target);
      assertThat(keysIn(target, slot)).isEqualTo(written.get());
      assertThat(keysIn(source, slot)).isZero();
      for (int i = 0; i < written.get(); i += 97) {
        assertThat(connection.sync().get("{m}" + i)).isEqualTo("v" + i);
      }
      cluster().migrateSlot(slot, source);
      assertThat(cluster().ownerOf(slot)).isSameAs(source);
    }
  }

  @Test
  void migrateSlot_rightAfterFailover_waitsForTheNews() {
    int slot = RedisCluster.slotOf("k");
    RedisNode old = cluster().ownerOf(slot);
    RedisNode next = cluster().replicasOf(old).get(0);
    RedisNode target = otherThan(old);
    old.command("SET", "k", "v");

    cluster().failover(next);
    cluster().migrateSlot(slot, target);

    assertThat(cluster().ownerOf(slot)).isSameAs(target);
    assertThat(target.command("GET", "k").text()).isEqualTo("v");
    cluster().migrateSlot(slot, next);
  }

  @Test
  void openSlot_halfWay_answersAskForMissingKeysUntilMoved() {
    int slot = RedisCluster.slotOf("k");
    RedisNode source = cluster().ownerOf(slot);
    RedisNode target = otherThan(source);

    cluster().openSlot(slot, target);

    assertThatThrownBy(() -> source.command("GET", "k"))
        .isInstanceOfSatisfying(
            RedisCommandException.class,
            e -> assertThat(e.error()).isEqualTo("ASK " + slot + " 127.0.0.1:" + target.port()));
    cluster().migrateSlot(slot, target);
    assertThatThrownBy(() -> source.command("GET", "k"))
        .isInstanceOfSatisfying(
            RedisCommandException.class, e -> assertThat(e.code()).isEqualTo("MOVED"));
    cluster().migrateSlot(slot, source);
  }

  @Test
  void migrateSlots_range_movesWhatTheTargetDoesNotHave() {
    RedisNode source = cluster().ownerOf(100);
    RedisNode target = otherThan(source);

    cluster().migrateSlots(100, 199, target);

    assertThat(cluster().ownerOf(99)).isSameAs(source);
    assertThat(cluster().ownerOf(100)).isSameAs(target);
    assertThat(cluster().ownerOf(199)).isSameAs(target);
    cluster().migrateSlots(50, 250, source);
    assertThat(cluster().ownerOf(150)).isSameAs(source);
  }

  @Test
  void start_passwordAndAppendOnly_movesSlotsAndSurvivesRestart() {
    try (RedisCluster secured = RedisCluster.builder().password("p w").appendOnly().start();
        RedisClusterClient client = client(secured);
        StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      connection.sync().set("k", "v");
      RedisNode source = secured.masterOf("k");
      RedisNode target =
          secured.masters().stream().filter(node -> node != source).findFirst().orElseThrow();

      secured.migrateSlot(RedisCluster.slotOf("k"), target);
      target.restart();
      secured.awaitHealthy(LIMIT);

      assertThat(secured.masterOf("k")).isSameAs(target);
      assertThat(target.command("GET", "k").text()).isEqualTo("v");
      assertThat(secured.replicas()).isEmpty();
      target.restartEmpty();
      secured.awaitHealthy(LIMIT);
      assertThat(target.command("DBSIZE").number()).isZero();
      assertThat(secured.masterOf("k")).isSameAs(target);
    }
  }

  @Test
  void verbs_badArguments_nameRuleAndValue() {
    assertThatThrownBy(() -> cluster().ownerOf(16_384))
        .hasMessage("slot must be from 0 to 16383; got 16384");
    assertThatThrownBy(() -> cluster().migrateSlots(5, 4, cluster().nodes().get(0)))
        .hasMessage("last slot must not be less than the first, 5; got 4");
    assertThatThrownBy(() -> cluster().awaitHealthy(Duration.ofSeconds(-1)))
        .hasMessage("limit must not be negative; got PT-1S");
    RedisNode replica = cluster().replicas().get(0);
    assertThatThrownBy(() -> cluster().migrateSlot(1, replica))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be a primary");
  }

  @Test
  void command_toTheWrongMaster_isRedirected() {
    RedisNode owner = cluster().masterOf("k");
    RedisNode wrong = otherThan(owner);
    String moved = "MOVED " + RedisCluster.slotOf("k") + " 127.0.0.1:" + owner.port();

    assertThatThrownBy(() -> wrong.command("GET", "k"))
        .isInstanceOfSatisfying(
            RedisCommandException.class, e -> assertThat(e.error()).isEqualTo(moved));
  }

  private static RedisCluster cluster() {
    return REDIS.cluster();
  }

  private static RedisNode otherThan(RedisNode master) {
    return cluster().masters().stream().filter(node -> node != master).findFirst().orElseThrow();
  }

  private static long keysIn(RedisNode node, int slot) {
    return node.command("CLUSTER", "COUNTKEYSINSLOT", Integer.toString(slot)).number();
  }

  private static RedisClusterClient client(RedisCluster cluster) {
    List<RedisURI> uris = cluster.uris().stream().map(RedisURI::create).toList();
    uris.forEach(uri -> uri.setTimeout(Duration.ofSeconds(2)));
    RedisClusterClient client = RedisClusterClient.create(uris);
    client.setOptions(
        ClusterClientOptions.builder()
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .enablePeriodicRefresh(Duration.ofMillis(500))
                    .build())
            .build());
    return client;
  }
}
