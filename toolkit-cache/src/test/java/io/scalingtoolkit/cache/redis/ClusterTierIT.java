// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisClusterExtension;
import io.scalingtoolkit.testkit.redis.RedisNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two caches on one Redis Cluster, as two processes have them. */
final class ClusterTierIT {
  @RegisterExtension
  static final RedisClusterExtension REDIS =
      RedisClusterExtension.of(RedisCluster.builder().password("word"));

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final AtomicInteger loads = new AtomicInteger();
  private final List<Set<Long>> asked = new CopyOnWriteArrayList<>();
  private RedisClusterClient client;
  private RedisTier here;
  private RedisTier there;
  private TieredCache<Long, String> mine;
  private TieredCache<Long, String> yours;

  @BeforeEach
  void open() {
    client =
        RedisClusterClient.create(REDIS.cluster().uris().stream().map(RedisURI::create).toList());
    here = tier();
    there = tier();
    mine = cache(here);
    yours = cache(there);
  }

  private RedisTier tier() {
    RedisTier tier =
        RedisTier.builder(client)
            .timeout(Duration.ofSeconds(5)) // not the default: other tests run on this machine
            .build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCache<Long, String> cache(RedisTier tier) {
    return TieredCache.<Long, String>builder("names")
        .shared(tier, KeyCodec.longs(), ValueCodec.utf8())
        .tags((key, value) -> List.of("tag" + key % 2))
        .build();
  }

  @AfterEach
  void close() {
    mine.close();
    yours.close();
    here.close();
    there.close();
    client.shutdown();
  }

  private String count(long key) {
    return "v" + loads.incrementAndGet();
  }

  private Map<Long, String> values(Set<Long> keys) {
    asked.add(keys);
    return keys.stream().collect(Collectors.toMap(key -> key, key -> "v" + key));
  }

  private static List<Long> keys(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  private static String redisKey(long key) {
    return "cache:names:{" + key + "}";
  }

  private static long calls(String command) {
    return REDIS.cluster().masters().stream()
        .flatMap(node -> node.command("INFO", "commandstats").text().lines())
        .filter(line -> line.startsWith("cmdstat_" + command + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1").strip()))
        .sum();
  }

  @Test
  void invalidate_ofKeysOnAllNodes_holdsForBoth() {
    for (long key = 0; key < 30; key++) {
      String value = mine.get(key, this::count);
      assertThat(yours.get(key, this::count)).isEqualTo(value);
    }
    assertThat(loads).hasValue(30);
    for (long key = 0; key < 30; key++) {
      long each = key;
      mine.invalidate(each);
      await().atMost(PATIENCE).until(() -> yours.getIfPresent(each) == null);
    }
    mine.get(0L, this::count);
    mine.get(1L, this::count);
    yours.get(1L, this::count);
    yours.get(0L, this::count);
    mine.invalidateTag("tag1");
    await().atMost(PATIENCE).until(() -> yours.getIfPresent(1L) == null);
    assertThat(yours.getIfPresent(0L)).isNotNull();
    mine.invalidateAll();
    await().atMost(PATIENCE).until(() -> yours.getIfPresent(0L) == null);
    assertThat(yours.get(0L, this::count)).isEqualTo(mine.get(0L, this::count));
  }

  @Test
  void getAll_ofKeysOnAllNodes_isOneCommandForEachSlotAtMost() {
    mine.getAll(keys(0, 1_000), this::values);
    long slots =
        keys(0, 1_000).stream().map(key -> RedisCluster.slotOf(redisKey(key))).distinct().count();
    long many = calls("mget");
    long gets = calls("get");

    assertThat(yours.getAll(keys(0, 1_000), this::values)).hasSize(1_000);

    assertThat(calls("mget") + calls("get") - many - gets)
        .as("and one for each tag, and the epoch once more")
        .isLessThanOrEqualTo(slots + 4);
    assertThat(asked).hasSize(1);
  }

  @Test
  void slot_moves_itsEntriesAreAskedForAgainAndHold() {
    long key = 7;
    String value = mine.get(key, this::count);
    yours.get(key, this::count);
    int slot = RedisCluster.slotOf(redisKey(key));
    RedisNode owner = REDIS.cluster().ownerOf(slot);
    RedisNode other =
        REDIS.cluster().masters().stream().filter(node -> node != owner).findFirst().orElseThrow();

    REDIS.cluster().migrateSlot(slot, other);

    assertThat(yours.get(key, this::count)).as("it has moved, too").isEqualTo(value);
    assertThat(mine.get(key, this::count)).isEqualTo(value);
    mine.invalidate(key);
    await().atMost(PATIENCE).until(() -> yours.getIfPresent(key) == null);
    String next = yours.get(key, this::count);
    assertThat(next).isNotEqualTo(value);
    assertThat(mine.get(key, this::count)).isEqualTo(next);
  }

  @Test
  void slot_isAboutToMove_isAnsweredByOneNodeOrTheOther() {
    long key = 11;
    int slot = RedisCluster.slotOf(redisKey(key));
    RedisNode owner = REDIS.cluster().ownerOf(slot);
    RedisNode other =
        REDIS.cluster().masters().stream().filter(node -> node != owner).findFirst().orElseThrow();
    mine.get(key, this::count);
    yours.get(key, this::count);
    REDIS.cluster().openSlot(slot, other);
    try {
      mine.invalidate(key);
      await().atMost(PATIENCE).until(() -> yours.getIfPresent(key) == null);
      String next = yours.get(key, this::count);
      assertThat(mine.get(key, this::count)).isEqualTo(next);
      owner.command("DEL", redisKey(key)); // now it can only be made at the other one
      await().atMost(PATIENCE).until(() -> yours.getIfPresent(key) == null);
      String last = yours.get(key, this::count);
      assertThat(mine.get(key, this::count)).isEqualTo(last);
      assertThat(mine.getAll(List.of(key), this::values)).containsValue(last);
    } finally {
      REDIS.cluster().migrateSlot(slot, other);
    }
    mine.invalidate(key);
    await().atMost(PATIENCE).until(() -> yours.getIfPresent(key) == null);
  }
}
