// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.Lookup;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lookups of two caches on one Redis, as two processes have them. */
final class LookupIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private RedisClient client;
  private RedisTier here;
  private RedisTier there;
  private TieredCache<String, String> mine;
  private TieredCache<String, String> yours;

  @BeforeEach
  void open() {
    client = RedisClient.create(REDIS.server().uri());
    here = tier(Duration.ofMinutes(1));
    there = tier(Duration.ofMinutes(1));
    mine = cache(here);
    yours = cache(there);
  }

  private RedisTier tier(Duration lease) {
    RedisTier tier =
        RedisTier.builder(client)
            .timeout(Duration.ofSeconds(5)) // not the default: other tests run on this machine
            .lease(lease)
            .build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCache<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("names")
        .shared(tier, KeyCodec.strings(), ValueCodec.utf8())
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

  @Test
  void fill_isFoundByTheOther() {
    assertThat(mine.lookup("a").fill("v1")).isTrue();

    assertThat(yours.lookup("a").value()).isEqualTo("v1");
    assertThat(mine.lookup("a").value()).isEqualTo("v1");
    assertThat(mine.size()).as("read from Redis, and kept").isEqualTo(1);
    assertThat(yours.get("a", key -> "other")).isEqualTo("v1");
  }

  @Test
  void fill_ofWhatTheOtherInvalidated_isRefused() {
    Lookup<String> before = mine.lookup("a");
    yours.invalidate("a");

    assertThat(before.fill("old")).isFalse();
    assertThat(mine.lookup("a").isPresent()).isFalse();
    assertThat(mine.lookup("a").fill("new")).as("over the tombstone").isTrue();
    assertThat(yours.lookup("a").value()).isEqualTo("new");
  }

  @Test
  void fill_ofWhatTheOtherInvalidatedTwice_isRefused() {
    yours.invalidate("a");
    Lookup<String> between = mine.lookup("a");
    yours.invalidate("a");

    assertThat(between.fill("old")).isFalse();
  }

  @Test
  void fill_afterTheOtherEndedAllEntries_isNotFound() {
    Lookup<String> before = mine.lookup("a");
    yours.invalidateAll();

    before.fill("old");
    assertThat(yours.lookup("a").isPresent()).isFalse();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(mine.lookup("a").isPresent()).isFalse());
  }

  @Test
  void fill_whileTheOtherLoads_leavesItToHim() {
    String loaded =
        yours.get(
            "a",
            key -> {
              assertThat(mine.lookup(key).fill("mine")).isFalse();
              return "yours";
            });

    assertThat(loaded).isEqualTo("yours");
    assertThat(mine.lookup("a").value()).isEqualTo("yours");
  }

  /** A tombstone of that time could be gone, and nobody would know. */
  @Test
  void fill_longerAgoThanTombstonesLast_isRefused() {
    RedisTier hasty = tier(Duration.ofMillis(100));
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("hasty")
            .shared(hasty, KeyCodec.strings(), ValueCodec.utf8())
            .build();
    Lookup<String> before = cache.lookup("a");
    long begin = System.nanoTime();
    await().atMost(PATIENCE).until(() -> System.nanoTime() - begin > 150_000_000);

    assertThat(before.fill("old")).isFalse();
    hasty.close();
  }

  @Test
  void fill_withoutRedis_isKeptHere() {
    here.close();
    await().atMost(PATIENCE).until(() -> !here.isConnected());

    assertThat(mine.lookup("a").fill("v1")).isTrue();
    assertThat(mine.lookup("a").value()).isEqualTo("v1");
    assertThat(yours.lookup("a").isPresent()).isFalse();
  }
}
