// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.cache;

import com.alicp.jetcache.redis.lettuce.RedisLettuceCacheBuilder;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.cache.redis.RedisTier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.redisson.Redisson;
import org.redisson.api.RMapCache;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.LongCodec;
import org.redisson.codec.CompositeCodec;
import org.redisson.config.Config;
import org.springframework.cache.Cache;
import org.springframework.data.redis.cache.RedisCacheConfiguration;
import org.springframework.data.redis.cache.RedisCacheManager;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.serializer.RedisSerializationContext.SerializationPair;
import org.springframework.data.redis.serializer.RedisSerializer;

/**
 * The caches in Redis that are compared, none of them with a copy in memory. Each has a time to
 * live, values of bytes, and otherwise what is its maker's default.
 */
public enum SharedPeer {
  /** Lettuce itself, which every other row is compared with: nothing keeps two from loading. */
  LETTUCE("lettuce") {
    @Override
    SharedCache open(String host, int port) {
      RedisClient client = RedisClient.create(RedisURI.create(host, port));
      StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
      RedisCommands<byte[], byte[]> redis = connection.sync();
      SetArgs args = SetArgs.Builder.px(LIFETIME);
      return new SharedCache() {
        @Override
        public byte[] get(Long key, Function<Long, byte[]> loader) {
          byte[] there = redis.get(bytes(key));
          if (there != null) {
            return there;
          }
          byte[] loaded = loader.apply(key);
          redis.set(bytes(key), loaded, args);
          return loaded;
        }

        @Override
        public void invalidate(Long key) {
          redis.del(bytes(key));
        }

        @Override
        public void close() {
          client.shutdown();
        }
      };
    }
  },

  /** Spring Data Redis. */
  SPRING("spring") {
    @Override
    SharedCache open(String host, int port) {
      LettuceConnectionFactory factory = new LettuceConnectionFactory(host, port);
      factory.start();
      RedisCacheManager manager =
          RedisCacheManager.builder(factory)
              .cacheDefaults(
                  RedisCacheConfiguration.defaultCacheConfig()
                      .entryTtl(LIFETIME)
                      .serializeValuesWith(
                          SerializationPair.fromSerializer(RedisSerializer.byteArray())))
              .build();
      manager.afterPropertiesSet();
      Cache cache = Objects.requireNonNull(manager.getCache(NAME));
      return SharedCache.of(
          (key, loader) -> Objects.requireNonNull(cache.get(key, () -> loader.apply(key))),
          cache::evict,
          factory::destroy);
    }
  },

  /** JetCache over Lettuce. */
  JETCACHE("jetcache") {
    @Override
    SharedCache open(String host, int port) {
      RedisClient client = RedisClient.create(RedisURI.create(host, port));
      com.alicp.jetcache.Cache<Long, byte[]> cache =
          RedisLettuceCacheBuilder.createRedisLettuceCacheBuilder()
              .redisClient(client)
              .keyPrefix(NAME)
              .expireAfterWrite(LIFETIME.toMinutes(), TimeUnit.MINUTES)
              .buildCache();
      return SharedCache.of(cache::computeIfAbsent, cache::remove, client::shutdown);
    }
  },

  /** Redisson's map with times to live. */
  REDISSON("redisson") {
    @Override
    SharedCache open(String host, int port) {
      Config config = new Config();
      config.useSingleServer().setAddress("redis://" + host + ":" + port);
      RedissonClient client = Redisson.create(config);
      RMapCache<Long, byte[]> map =
          client.getMapCache(
              NAME,
              new CompositeCodec(
                  LongCodec.INSTANCE, org.redisson.client.codec.ByteArrayCodec.INSTANCE));
      return SharedCache.of(
          (key, loader) -> {
            byte[] there = map.get(key);
            if (there != null) {
              return there;
            }
            byte[] loaded = loader.apply(key);
            map.fastPut(key, loaded, LIFETIME.toMinutes(), TimeUnit.MINUTES);
            return loaded;
          },
          map::fastRemove,
          client::shutdown);
    }
  },

  /** Ours. */
  TOOLKIT("toolkit") {
    @Override
    SharedCache open(String host, int port) {
      RedisClient client = RedisClient.create(RedisURI.create(host, port));
      // A machine with more work than cores answers late; an outage is not what is measured.
      RedisTier tier =
          RedisTier.builder(client).timeToLive(LIFETIME).timeout(Duration.ofSeconds(1)).build();
      awaitConnected(tier);
      TieredCache<Long, byte[]> cache =
          TieredCache.<Long, byte[]>builder(NAME)
              .maximumWeight(1, (key, value) -> 2) // nothing stays in memory
              .shared(tier, KeyCodec.longs(), ValueCodec.bytes())
              .build();
      return SharedCache.of(
          (key, loader) -> Objects.requireNonNull(cache.get(key, loader::apply)),
          cache::invalidate,
          () -> {
            cache.close();
            tier.close();
            client.shutdown();
          });
    }
  };

  private static final String NAME = "bench";
  private static final Duration LIFETIME = Duration.ofHours(10);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String label;

  SharedPeer(String label) {
    this.label = label;
  }

  /** The name in the tables. */
  public String label() {
    return label;
  }

  /** Connects. */
  abstract SharedCache open(String host, int port);

  static void awaitConnected(RedisTier tier) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!tier.isConnected()) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException(tier + " has not connected within " + PATIENCE);
      }
      Thread.onSpinWait();
    }
  }

  private static byte[] bytes(Long key) {
    return (NAME + ':' + key).getBytes(StandardCharsets.UTF_8);
  }
}
