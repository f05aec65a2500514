// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters;
import io.scalingtoolkit.spring.InvalidPropertyException;
import io.scalingtoolkit.spring.redis.RedisClients;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts that processes share through Redis. It has a client of its own, closed with it.
 * Thread-safe; a decision waits for Redis no longer than the timeout.
 */
final class RedisBackend implements LimiterBackend, AutoCloseable {
  private final AbstractRedisClient client;
  private final RedisRateLimiters limiters;
  private final RedisRateLimiters.Mode mode;
  // As many as there have been policies; a limiter cannot be made twice.
  private final Map<String, KeyedRateLimiter<String>> made = new ConcurrentHashMap<>();

  private RedisBackend(
      AbstractRedisClient client, RedisRateLimiters limiters, RedisRateLimiters.Mode mode) {
    this.client = client;
    this.limiters = limiters;
    this.mode = mode;
  }

  /**
   * Connects. A Redis that does not answer is no error but an outage.
   *
   * @throws InvalidPropertyException if a setting breaks a rule
   */
  static RedisBackend connect(
      LimitProperties.Redis settings, long maxKeys, @Nullable MeterRegistry registry) {
    AbstractRedisClient client =
        RedisClients.create(
            LimitProperties.PREFIX + ".redis.uri",
            settings.uri(),
            settings.cluster(),
            "the backend is redis");
    try {
      RedisRateLimiters.Builder builder =
          client instanceof RedisClusterClient cluster
              ? RedisRateLimiters.builder(cluster)
              : RedisRateLimiters.builder((RedisClient) client);
      set("timeout", settings.timeout(), builder::timeout);
      set("group", settings.group(), builder::group);
      set("assumed-nodes", settings.assumedNodes(), builder::assumedNodes);
      builder.outage(RedisRateLimiters.Outage.valueOf(settings.outage().name())).maxKeys(maxKeys);
      if (registry != null) {
        builder.meterRegistry(registry);
      }
      return new RedisBackend(
          client, builder.build(), RedisRateLimiters.Mode.valueOf(settings.mode().name()));
    } catch (RuntimeException e) {
      client.shutdown();
      throw e;
    }
  }

  private static <T> void set(String name, T value, Function<T, RedisRateLimiters.Builder> setter) {
    try {
      var unused = setter.apply(value);
    } catch (IllegalArgumentException e) {
      throw invalid(name, String.valueOf(e.getMessage()), value);
    }
  }

  private static InvalidPropertyException invalid(String name, String rule, Object value) {
    return new InvalidPropertyException(LimitProperties.PREFIX + ".redis." + name, rule, value);
  }

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public KeyedRateLimiter<String> limiter(LimitPolicy policy) {
    // Keys of another kind are other keys, also for processes that are told of it later.
    String kind = Integer.toHexString(String.join(",", policy.key()).hashCode());
    return made.computeIfAbsent(
        policy.name() + "." + kind, name -> limiters.keyed(name, policy.limit(), mode));
  }

  @Override
  public boolean quotasAreAtHand() {
    return false;
  }

  @Override
  public void close() {
    limiters.close();
    client.shutdown();
  }
}
