// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.scalingtoolkit.testkit.cache.CacheNode;
import io.scalingtoolkit.testkit.cache.VersionSource;
import io.scalingtoolkit.testkit.cache.VersionedCache;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A small cache in memory and Redis as it is often written, with one planted bug: the checker has
 * to find each. Thread-safe.
 */
final class BrokenCache implements VersionedCache {
  private static final long LIFE_NANOS = Duration.ofSeconds(30).toNanos();
  private static final Duration PATIENCE = Duration.ofMillis(100);
  private static final String FILL =
      "if redis.call('GET', KEYS[1]) == ARGV[1] then"
          + " return redis.call('SET', KEYS[1], ARGV[2], 'PX', 60000) end return false";

  private final VersionSource source;
  private final PlantedBug bug;
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;
  private final RedisCommands<String, String> redis;
  private final ConcurrentMap<Integer, Copy> memory = new ConcurrentHashMap<>();
  private final ConcurrentMap<Integer, Integer> changes = new ConcurrentHashMap<>();
  private final AtomicLong hits = new AtomicLong();

  private record Copy(long version, long nanos) {}

  private BrokenCache(VersionSource source, PlantedBug bug, String uri) {
    this.source = source;
    this.bug = bug;
    this.client = RedisClient.create(uri);
    client.setOptions(
        ClientOptions.builder()
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .build());
    this.connection = client.connect();
    connection.setTimeout(PATIENCE);
    this.redis = connection.sync();
    if (bug != PlantedBug.NO_TRACKING) {
      connection.addListener(message -> told(message.getContent(StandardCharsets.UTF_8::decode)));
      redis.clientTracking(TrackingArgs.Builder.enabled());
    }
  }

  /** The arguments end with the bug and the address. */
  public static void main(String[] arguments) throws Exception {
    CacheNode.run(
        arguments,
        (source, settings) ->
            new BrokenCache(source, PlantedBug.valueOf(settings.get(0)), settings.get(1)));
  }

  private void told(List<Object> content) {
    if (content.get(1) instanceof List<?> keys) {
      keys.forEach(key -> changed(number(key)));
    } else {
      memory.clear();
    }
  }

  private static int number(Object key) {
    String text =
        key instanceof ByteBuffer bytes
            ? StandardCharsets.UTF_8.decode(bytes.duplicate()).toString()
            : String.valueOf(key);
    return Integer.parseInt(text.substring(1));
  }

  private void changed(int key) {
    changes.merge(key, 1, Integer::sum);
    memory.remove(key);
  }

  private int changesOf(int key) {
    return changes.getOrDefault(key, 0);
  }

  @Override
  public long get(int key) {
    Copy copy = memory.get(key);
    if (copy != null && System.nanoTime() - copy.nanos() < LIFE_NANOS) {
      hits.incrementAndGet();
      return copy.version();
    }
    int before = changesOf(key);
    long version;
    try {
      version = throughRedis(key);
    } catch (RedisException e) {
      return source.load(key); // and keeps nothing
    }
    if (bug == PlantedBug.NO_POISON) {
      memory.put(key, new Copy(version, System.nanoTime()));
    } else {
      memory.compute(
          key,
          (same, old) -> changesOf(key) == before ? new Copy(version, System.nanoTime()) : old);
    }
    return version;
  }

  private long throughRedis(int key) {
    String name = "k" + key;
    String there = redis.get(name);
    if (there != null && !there.startsWith("lease")) {
      return Long.parseLong(there);
    }
    if (bug == PlantedBug.PLAIN_SET) {
      long version = source.load(key);
      redis.set(name, Long.toString(version), SetArgs.Builder.px(60_000));
      return Long.parseLong(redis.get(name));
    }
    String lease = "lease" + ThreadLocalRandom.current().nextLong();
    redis.set(name, lease, SetArgs.Builder.nx().px(3_000));
    long version = source.load(key);
    @Nullable Object filled =
        redis.eval(
            FILL, ScriptOutputType.VALUE, new String[] {name}, lease, Long.toString(version));
    String now = filled == null ? null : redis.get(name);
    return now == null || now.startsWith("lease") ? version : Long.parseLong(now);
  }

  @Override
  public void invalidate(int key) {
    changed(key);
    redis.del("k" + key);
    changed(key);
  }

  @Override
  public long hits() {
    return hits.get();
  }

  @Override
  public void close() {
    connection.close();
    client.shutdown();
  }
}
