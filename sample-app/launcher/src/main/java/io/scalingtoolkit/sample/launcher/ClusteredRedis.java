// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A Redis Cluster for the rate limits of all instances and another for what they cache, beside
 * database servers. Two, because the one must forget when it is full and the other must not. Both
 * survive the end of a node. As with {@link SharedRedis} nothing is kept on disk. Only loaded when
 * it is wanted. Thread-safe.
 */
final class ClusteredRedis implements Engines {

  private static final int PRIMARIES = 3;
  private static final String LIMITS_MEMORY = "32mb";
  private static final String CACHE_MEMORY = "64mb";

  /** Longer than a busy machine may leave a process without processor. */
  private static final Duration NODE_TIMEOUT = Duration.ofSeconds(5);

  private final Engines databases;
  private final RedisCluster limits;
  private final RedisCluster cache;
  private final int instances;

  private ClusteredRedis(
      Engines databases, RedisCluster limits, RedisCluster cache, int instances) {
    this.databases = databases;
    this.limits = limits;
    this.cache = cache;
    this.instances = instances;
  }

  /**
   * Starts them.
   *
   * @param databases what runs already; closed with this, and when one does not start
   * @param instances how many processes share the limits
   * @throws UserError when one does not start
   */
  static Engines start(Engines databases, int instances) {
    String password = Password.fresh();
    RedisCluster limits = null;
    try {
      // An evicted key would be a limit that is forgotten.
      limits = cluster(password, LIMITS_MEMORY, "noeviction");
      RedisCluster cache = cluster(password, CACHE_MEMORY, "allkeys-lru");
      return new ClusteredRedis(databases, limits, cache, instances);
    } catch (EngineException e) {
      if (limits != null) {
        limits.close();
      }
      databases.close();
      throw new UserError("Redis does not start: " + UserError.reason(e), e);
    }
  }

  private static RedisCluster cluster(String password, String memory, String whenFull) {
    return RedisCluster.builder()
        .masters(PRIMARIES)
        .replicasPerMaster(1)
        .nodeTimeout(NODE_TIMEOUT)
        .password(password)
        .setting("maxmemory", memory)
        .setting("maxmemory-policy", whenFull)
        .start();
  }

  /** Any of its nodes can tell of the others. */
  private static String uri(RedisCluster cluster) {
    String ports =
        cluster.nodes().stream()
            .skip(1)
            .map(node -> ",127.0.0.1:" + node.port())
            .collect(Collectors.joining());
    return cluster.uris().get(0) + ports;
  }

  @Override
  public Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>(databases.environment());
    variables.put("TOOLKIT_LIMITS_BACKEND", "redis");
    variables.put("TOOLKIT_LIMITS_REDIS_CLUSTER", "true");
    variables.put("TOOLKIT_LIMITS_REDIS_URI", uri(limits));
    variables.put("TOOLKIT_LIMITS_REDIS_ASSUMEDNODES", Integer.toString(instances));
    variables.put("TOOLKIT_CACHE_DEFAULTS_TIER", "both");
    variables.put("TOOLKIT_CACHE_REDIS_CLUSTER", "true");
    variables.put("TOOLKIT_CACHE_REDIS_URI", uri(cache));
    return variables;
  }

  @Override
  public List<String> report() {
    List<String> lines = new ArrayList<>(databases.report());
    lines.add(report(limits, "limits that instances share"));
    lines.add(report(cache, "what instances cache"));
    return lines;
  }

  private static String report(RedisCluster cluster, String purpose) {
    List<Integer> ports = cluster.nodes().stream().map(RedisNode::port).toList();
    return "redis   Redis Cluster on 127.0.0.1, ports %s: %d primaries with a replica each, for %s"
        .formatted(ports, PRIMARIES, purpose);
  }

  @Override
  public void close() {
    cache.close();
    limits.close();
    databases.close();
  }
}
