// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;
import io.scalingtoolkit.cache.TieredCacheBuilder;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.cache.redis.RedisTier;
import io.scalingtoolkit.spring.InvalidPropertyException;
import io.scalingtoolkit.spring.redis.RedisClients;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.json.JsonMapper;

/**
 * Caches in Redis with values in JSON. It has a client of its own, closed with it, and a tier for
 * each time that entries live, since that is a setting of a tier. Thread-safe.
 */
final class RedisCaches implements CacheBackend, AutoCloseable {
  private final CacheProperties.Redis settings;
  private final JsonMapper mapper;
  private final ClassLoader loader;
  private final AbstractRedisClient client;
  // Guarded by this.
  private final Map<Duration, RedisTier> tiers = new TreeMap<>();

  /**
   * Creates one, which connects when the first cache needs it.
   *
   * @throws InvalidPropertyException if a setting breaks a rule
   */
  RedisCaches(CacheProperties.Redis settings, JsonMapper mapper, ClassLoader loader) {
    this.settings = settings;
    this.mapper = mapper;
    this.loader = loader;
    this.client =
        RedisClients.create(
            CacheProperties.PREFIX + ".redis.uri",
            settings.uri(),
            settings.cluster(),
            "there are caches in Redis");
    try {
      var unused = builder();
    } catch (RuntimeException e) {
      client.shutdown();
      throw e;
    }
  }

  private RedisTier.Builder builder() {
    RedisTier.Builder builder =
        client instanceof RedisClusterClient cluster
            ? RedisTier.builder(cluster)
            : RedisTier.builder((RedisClient) client);
    set("prefix", settings.prefix(), builder::prefix);
    set("timeout", settings.timeout(), builder::timeout);
    set("lease", settings.lease(), builder::lease);
    set("bound", settings.bound(), builder::bound);
    return builder;
  }

  private static <T> void set(String name, T value, Function<T, RedisTier.Builder> setter) {
    try {
      var unused = setter.apply(value);
    } catch (IllegalArgumentException e) {
      throw invalid(name, String.valueOf(e.getMessage()), value);
    }
  }

  private static InvalidPropertyException invalid(String name, String rule, Object value) {
    return new InvalidPropertyException(CacheProperties.PREFIX + ".redis." + name, rule, value);
  }

  @Override
  public void share(
      TieredCacheBuilder<Object, Object> builder,
      String property,
      String valueType,
      Duration timeToLive,
      @Nullable DataSize compressFrom) {
    ValueCodec<Object> values;
    try {
      values = JacksonValueCodec.of(mapper, valueType, loader);
    } catch (IllegalArgumentException e) {
      throw new InvalidPropertyException(
          property + ".value-type", "must be a class of the application", valueType);
    }
    if (compressFrom != null) {
      values = ValueCodec.compressed(values, threshold(property, compressFrom));
    }
    builder.shared(tier(property, timeToLive), new SpringKeyCodec(), values);
  }

  private static int threshold(String property, DataSize from) {
    if (from.toBytes() < 0 || from.toBytes() > Integer.MAX_VALUE) {
      throw new InvalidPropertyException(
          property + ".compress-from", "must be 0 to %s bytes".formatted(Integer.MAX_VALUE), from);
    }
    return (int) from.toBytes();
  }

  private synchronized RedisTier tier(String property, Duration timeToLive) {
    RedisTier known = tiers.get(timeToLive);
    if (known != null) {
      return known;
    }
    RedisTier.Builder builder = builder();
    try {
      builder.timeToLive(timeToLive);
    } catch (IllegalArgumentException e) {
      throw new InvalidPropertyException(
          property + ".redis-time-to-live", String.valueOf(e.getMessage()), timeToLive);
    }
    RedisTier made = builder.build();
    tiers.put(timeToLive, made);
    return made;
  }

  @Override
  public synchronized boolean isConnected() {
    return tiers.values().stream().allMatch(RedisTier::isConnected);
  }

  @Override
  public Duration bound() {
    return settings.bound();
  }

  @Override
  public synchronized void close() {
    tiers.values().forEach(RedisTier::close);
    client.shutdown();
  }
}
