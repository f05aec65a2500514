// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Redis Cluster for the rate limits of all instances and one Redis for what they cache, beside
 * database servers. The limits survive the end of a node; the caches are in one server since the
 * application's cache takes one address. As with {@link SharedRedis} nothing is kept on disk. Only
 * loaded when it is wanted. Thread-safe.
 */
final class ClusteredRedis implements Engines {

  private static final int PRIMARIES = 3;
  private static final String LIMITS_MEMORY = "32mb";
  private static final int CACHE_MB = 128;

  /** Longer than a busy machine may leave a process without processor. */
  private static final Duration NODE_TIMEOUT = Duration.ofSeconds(5);

  private final Engines databases;
  private final RedisCluster limits;
  private final RedisServer cache;
  private final int instances;

  private ClusteredRedis(Engines databases, RedisCluster limits, RedisServer cache, int instances) {
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
      limits =
          RedisCluster.builder()
              .masters(PRIMARIES)
              .replicasPerMaster(1)
              .nodeTimeout(NODE_TIMEOUT)
              .password(password)
              .setting("maxmemory", LIMITS_MEMORY)
              .setting("maxmemory-policy", "noeviction")
              .start();
      RedisServer cache =
          RedisServer.builder().password(password).maxMemory(CACHE_MB, "allkeys-lru").start();
      return new ClusteredRedis(databases, limits, cache, instances);
    } catch (EngineException e) {
      if (limits != null) {
        limits.close();
      }
      databases.close();
      throw new UserError("Redis does not start: " + UserError.reason(e), e);
    }
  }

  @Override
  public Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>(databases.environment());
    variables.put("TOOLKIT_LIMITS_BACKEND", "redis");
    variables.put("TOOLKIT_LIMITS_REDIS_CLUSTER", "true");
    variables.put("TOOLKIT_LIMITS_REDIS_URI", limits.uris().get(0));
    variables.put("TOOLKIT_LIMITS_REDIS_ASSUMEDNODES", Integer.toString(instances));
    variables.put("TOOLKIT_CACHE_DEFAULTS_TIER", "both");
    variables.put("TOOLKIT_CACHE_REDIS_URI", cache.uri());
    return variables;
  }

  @Override
  public List<String> report() {
    List<String> lines = new ArrayList<>(databases.report());
    List<Integer> ports = limits.nodes().stream().map(node -> node.port()).toList();
    lines.add(
        "redis   Redis Cluster on 127.0.0.1, ports "
            + ports
            + ": "
            + PRIMARIES
            + " primaries with a replica each, for limits that instances share");
    lines.add("redis   Redis on 127.0.0.1:" + cache.port() + ", for what instances cache");
    return lines;
  }

  @Override
  public void close() {
    cache.close();
    limits.close();
    databases.close();
  }
}
