// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.Lookup;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.cache.CacheNode;
import io.scalingtoolkit.testkit.cache.VersionSource;
import io.scalingtoolkit.testkit.cache.VersionedCache;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A process with a cache in memory and Redis, for {@link StalenessIT}: reads by key, several at
 * once and by lookup, invalidations by key and by tag.
 */
final class TieredCacheNode implements VersionedCache {
  private final VersionSource source;
  private final Runnable client;
  private final RedisTier tier;
  private final TieredCache<Long, String> cache;

  private TieredCacheNode(VersionSource source, RedisTier tier, Runnable client) {
    this.source = source;
    this.tier = tier;
    this.client = client;
    this.cache =
        TieredCache.<Long, String>builder("staleness")
            .shared(tier, KeyCodec.longs(), ValueCodec.utf8())
            .tags((key, value) -> List.of(tag(key)))
            .build();
  }

  /**
   * The arguments end with the bound and how far the clock is off in milliseconds, and the
   * addresses with commas between.
   */
  public static void main(String[] arguments) throws Exception {
    CacheNode.run(arguments, TieredCacheNode::open);
  }

  static List<String> settings(Duration bound, Duration skew, List<String> uris) {
    return List.of(
        Long.toString(bound.toMillis()), Long.toString(skew.toMillis()), String.join(",", uris));
  }

  private static VersionedCache open(VersionSource source, List<String> settings) {
    List<RedisURI> uris = Arrays.stream(settings.get(2).split(",")).map(RedisURI::create).toList();
    if (uris.size() == 1) {
      RedisClient client = RedisClient.create(uris.get(0));
      return open(source, settings, RedisTier.builder(client), client::shutdown);
    }
    RedisClusterClient client = RedisClusterClient.create(uris);
    return open(source, settings, RedisTier.builder(client), client::shutdown);
  }

  private static VersionedCache open(
      VersionSource source, List<String> settings, RedisTier.Builder tier, Runnable client) {
    Duration bound = Duration.ofMillis(Long.parseLong(settings.get(0)));
    long skewNanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(settings.get(1)));
    RedisTier built = tier.bound(bound).clock(() -> System.nanoTime() + skewNanos).build();
    await().atMost(Duration.ofMinutes(1)).until(built::isConnected);
    return new TieredCacheNode(source, built, client);
  }

  private static String tag(long key) {
    return "tag" + key / 8;
  }

  @Override
  public long get(int key) {
    long id = key;
    int dice = ThreadLocalRandom.current().nextInt(32);
    if (dice == 0) {
      return Long.parseLong(cache.getAll(Set.of(id, id ^ 1), this::loadAll).get(id));
    }
    if (dice == 1) {
      Lookup<String> lookup = cache.lookup(id);
      String known = lookup.value();
      if (known != null) {
        return Long.parseLong(known);
      }
      String version = load(id);
      lookup.fill(version);
      return Long.parseLong(version);
    }
    return Long.parseLong(cache.get(id, this::load));
  }

  private String load(long key) {
    return Long.toString(source.load((int) key));
  }

  private Map<Long, String> loadAll(Set<Long> keys) {
    return keys.stream().collect(Collectors.toMap(key -> key, this::load));
  }

  @Override
  public void invalidate(int key) {
    if (ThreadLocalRandom.current().nextInt(16) == 0) {
      cache.invalidateTag(tag(key));
    } else {
      cache.invalidate((long) key);
    }
  }

  @Override
  public long hits() {
    return cache.stats().hits();
  }

  @Override
  public void close() {
    cache.close();
    tier.close();
    client.run();
  }
}
