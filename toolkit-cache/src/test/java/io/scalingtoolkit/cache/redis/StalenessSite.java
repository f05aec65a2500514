// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.testkit.cache.StalenessCheck;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisNode;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Processes with a cache, and one Redis with a way of its own for each of them, or a Redis Cluster.
 * Confined.
 */
final class StalenessSite implements AutoCloseable {
  static final int NODES = 5;

  private final @Nullable RedisServer server;
  private final @Nullable RedisCluster cluster;
  private final List<FaultProxy> ways;
  private final Duration bound;
  private final StalenessCheck check;

  private StalenessSite(
      @Nullable RedisServer server,
      @Nullable RedisCluster cluster,
      List<FaultProxy> ways,
      Duration bound,
      long seed) {
    this.server = server;
    this.cluster = cluster;
    this.ways = ways;
    this.bound = bound;
    try {
      this.check =
          StalenessCheck.of(TieredCacheNode.class)
              .nodes(NODES)
              .bound(bound)
              .seed(seed)
              .writePause(Duration.ofMillis(100))
              .settings(node -> TieredCacheNode.settings(bound, skew(node), uris(node)))
              .start();
    } catch (RuntimeException | Error e) {
      closeRedis();
      throw e;
    }
  }

  static StalenessSite ofOne(Duration bound, long seed) {
    RedisServer server =
        RedisServer.builder().setting("enable-debug-command", "yes").start(); // for DEBUG SLEEP
    List<FaultProxy> ways =
        IntStream.range(0, NODES)
            .mapToObj(node -> FaultProxy.to("127.0.0.1", server.port()))
            .toList();
    return new StalenessSite(server, null, ways, bound, seed);
  }

  static StalenessSite ofCluster(Duration bound, long seed) {
    RedisCluster cluster =
        RedisCluster.builder().replicasPerMaster(1).nodeTimeout(Duration.ofSeconds(1)).start();
    return new StalenessSite(null, cluster, List.of(), bound, seed);
  }

  /** Each process has a clock of its own, 10 minutes from the next. */
  private static Duration skew(int node) {
    return Duration.ofMinutes(10).multipliedBy(node - NODES / 2);
  }

  private List<String> uris(int node) {
    return cluster == null ? List.of(way(node).uri()) : cluster.uris();
  }

  /** The way of a node to Redis, and its address. */
  record Way(FaultProxy proxy) {
    String uri() {
      return "redis://" + proxy.host() + ":" + proxy.port();
    }
  }

  Way way(int node) {
    return new Way(ways.get(node));
  }

  List<FaultProxy> ways() {
    return ways;
  }

  StalenessCheck check() {
    return check;
  }

  /** Returns somewhat more time than a cache may go on without a sign of life. */
  Duration longTime() {
    return bound.multipliedBy(13).dividedBy(10);
  }

  /** Returns less time than after which anybody takes Redis to be gone. */
  Duration shortTime() {
    return bound.dividedBy(5);
  }

  RedisServer server() {
    if (server == null) {
      throw new IllegalStateException("there is a cluster and not one Redis");
    }
    return server;
  }

  RedisCluster cluster() {
    if (cluster == null) {
      throw new IllegalStateException("there is one Redis and not a cluster");
    }
    return cluster;
  }

  /** Returns the masters there are. */
  List<RedisNode> masters() {
    return cluster == null ? List.of(server().primary()) : cluster.masters();
  }

  private void closeRedis() {
    ways.forEach(FaultProxy::close);
    if (server != null) {
      server.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @Override
  public void close() {
    check.close();
    closeRedis();
  }
}
