// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.net.Direction;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisNode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What happens to a {@link StalenessSite}. Left out is what no cache can bear: that only a process
 * that invalidates is cut off, since then Redis has not heard of it when the call returns.
 */
enum StalenessFault {
  HEALTHY(Where.ONE, (site, random) -> SharedHistory.pass(site.longTime())),
  CONNECTIONS_KILLED(
      Where.ONE, (site, random) -> site.server().command("CLIENT", "KILL", "TYPE", "normal")),
  CONNECTIONS_RESET(Where.ONE, (site, random) -> site.ways().forEach(FaultProxy::resetConnections)),
  CLIENTS_PAUSED(Where.ONE, (site, random) -> pauseClients(site, "ALL", site.longTime())),
  WRITES_PAUSED(Where.ONE, (site, random) -> pauseClients(site, "WRITE", site.shortTime())),
  REDIS_STOPPED(Where.ONE, (site, random) -> stopRedis(site, site.longTime())),
  REDIS_STOPPED_SHORTLY(Where.ONE, (site, random) -> stopRedis(site, site.shortTime())),
  REDIS_ASLEEP(
      Where.ONE,
      (site, random) ->
          site.server()
              .command("DEBUG", "SLEEP", Double.toString(site.longTime().toMillis() / 1_000.0))),
  REDIS_KILLED(
      Where.ONE,
      (site, random) -> {
        site.server().kill();
        SharedHistory.pass(random.nextBoolean() ? Duration.ZERO : site.shortTime());
        site.server().restart();
      }),
  FLUSHED(Where.ONE, (site, random) -> site.server().command("FLUSHALL")),
  SCRIPTS_FLUSHED(Where.ONE, (site, random) -> site.server().command("SCRIPT", "FLUSH")),
  EVICTING(Where.ONE, (site, random) -> evict(site)),
  CUT(Where.ONE, (site, random) -> onAllWays(site, FaultProxy::cut)),
  CUT_FROM_REDIS(Where.ONE, (site, random) -> onAllWays(site, cut(Direction.TO_CLIENT))),
  CUT_TO_REDIS(Where.ONE, (site, random) -> onAllWays(site, cut(Direction.TO_SERVER))),
  READER_CUT(Where.ONE, (site, random) -> onReadersWay(site, FaultProxy::cut)),
  READER_CUT_FROM_REDIS(Where.ONE, (site, random) -> onReadersWay(site, cut(Direction.TO_CLIENT))),
  READER_CUT_TO_REDIS(Where.ONE, (site, random) -> onReadersWay(site, cut(Direction.TO_SERVER))),
  READER_LATE(
      Where.ONE,
      (site, random) -> onReadersWay(site, way -> way.latency(Direction.TO_CLIENT, late(site)))),
  /** About half of the answers come later than they are waited for. */
  SLOW_NETWORK(Where.ONE, (site, random) -> onAllWays(site, slow(10, 30))),
  /** All of them do. */
  SLOWER_NETWORK(Where.ONE, (site, random) -> onAllWays(site, slow(60, 20))),
  APPLICATION_STOPPED(
      Where.ONE, (site, random) -> site.check().freeze(anyNode(random), site.longTime())),
  STOPPED_IN_LOAD(
      Where.ONE, (site, random) -> site.check().freezeInLoad(anyNode(random), site.longTime())),

  CLUSTER_HEALTHY(Where.CLUSTER, (site, random) -> SharedHistory.pass(site.longTime())),
  CLUSTER_CONNECTIONS_KILLED(
      Where.CLUSTER,
      (site, random) ->
          site.masters().forEach(node -> node.command("CLIENT", "KILL", "TYPE", "normal"))),
  SLOTS_MOVED(
      Where.CLUSTER,
      (site, random) -> {
        for (int i = 0; i < 8; i++) {
          move(site.cluster(), entry(random.nextInt(256)));
        }
      }),
  HOME_MOVED(Where.CLUSTER, (site, random) -> move(site.cluster(), home())),
  FAILOVER_BY_HAND(
      Where.CLUSTER,
      (site, random) -> {
        RedisCluster cluster = site.cluster();
        RedisNode master = cluster.masterOf(entry(random.nextInt(256)));
        cluster.failover(cluster.replicasOf(master).get(0));
      }),
  MASTER_KILLED(Where.CLUSTER, (site, random) -> kill(site.cluster(), entry(random.nextInt(256)))),
  HOME_KILLED(Where.CLUSTER, (site, random) -> kill(site.cluster(), home())),
  MASTER_STOPPED(
      Where.CLUSTER,
      (site, random) -> {
        RedisNode master = site.cluster().masterOf(entry(random.nextInt(256)));
        master.freeze();
        SharedHistory.pass(Duration.ofMillis(600)); // less than makes others take its place
        master.thaw();
      }),
  CLUSTER_FLUSHED(Where.CLUSTER, (site, random) -> site.cluster().flush()),
  STOPPED_IN_LOAD_OF_CLUSTER(
      Where.CLUSTER, (site, random) -> site.check().freezeInLoad(anyNode(random), site.longTime()));

  private static final int JUNK = 1_500;

  final Where where;
  private final Strike strike;

  StalenessFault(Where where, Strike strike) {
    this.where = where;
    this.strike = strike;
  }

  /** What it happens to. */
  enum Where {
    ONE,
    CLUSTER
  }

  private interface Strike {
    void on(StalenessSite site, SplittableRandom random);
  }

  static List<StalenessFault> all(Where where) {
    return Arrays.stream(values()).filter(fault -> fault.where == where).toList();
  }

  /** Makes it happen, and ends it. */
  void strike(StalenessSite site, SplittableRandom random) {
    strike.on(site, random);
  }

  private static int anyNode(SplittableRandom random) {
    return random.nextInt(StalenessSite.NODES);
  }

  private static Consumer<FaultProxy> slow(long latencyMillis, long jitterMillis) {
    return way -> {
      way.latency(Duration.ofMillis(latencyMillis));
      way.jitter(Duration.ofMillis(jitterMillis));
    };
  }

  private static Duration late(StalenessSite site) {
    return site.shortTime();
  }

  private static void pauseClients(StalenessSite site, String mode, Duration time) {
    site.server().command("CLIENT", "PAUSE", Long.toString(time.toMillis()), mode);
    SharedHistory.pass(time);
  }

  private static void stopRedis(StalenessSite site, Duration time) {
    site.server().freeze();
    SharedHistory.pass(time);
    site.server().thaw();
  }

  private static Consumer<FaultProxy> cut(Direction direction) {
    return way -> way.cut(direction);
  }

  private static void onAllWays(StalenessSite site, Consumer<FaultProxy> fault) {
    site.ways().forEach(fault);
    SharedHistory.pass(site.longTime());
    site.ways().forEach(FaultProxy::heal);
  }

  /** The first process never invalidates. */
  private static void onReadersWay(StalenessSite site, Consumer<FaultProxy> fault) {
    FaultProxy way = site.ways().get(0);
    fault.accept(way);
    SharedHistory.pass(site.longTime().multipliedBy(2)); // so that many reads could be too old
    way.heal();
  }

  /** Leaves less memory than there is in use, so that anything can go, and fills it. */
  private static void evict(StalenessSite site) {
    site.server().command("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
    site.server().command("CONFIG", "SET", "maxmemory", "3mb");
    for (int i = 0; i < JUNK; i++) {
      site.server().command("SET", "junk" + i, "x".repeat(2_000));
    }
    site.server().command("CONFIG", "SET", "maxmemory", "0");
  }

  private static String entry(int key) {
    return "cache:staleness:{" + key + "}";
  }

  private static String home() {
    return "cache:{staleness}";
  }

  private static void move(RedisCluster cluster, String key) {
    int slot = RedisCluster.slotOf(key);
    List<RedisNode> masters = cluster.masters();
    int owner = masters.indexOf(cluster.ownerOf(slot));
    cluster.migrateSlot(slot, masters.get((owner + 1) % masters.size()));
  }

  private static void kill(RedisCluster cluster, String key) {
    RedisNode master = cluster.masterOf(key);
    master.kill();
    await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptions()
        .until(() -> cluster.masterOf(key) != master && cluster.masters().size() == 3);
    SharedHistory.pass(Duration.ofMillis(500));
    master.restart();
    cluster.awaitHealthy(Duration.ofMinutes(1));
  }
}
