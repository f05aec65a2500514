// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.Invalidation;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A cache further out hears of an invalidation when Redis has taken it, and not before. */
final class AfterInvalidationIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final List<Invalidation<String>> told = new CopyOnWriteArrayList<>();
  private final List<String> inRedis = new CopyOnWriteArrayList<>();
  private RedisClient client;
  private RedisTier tier;
  private TieredCache<String, String> cache;

  @BeforeEach
  void open() {
    client = RedisClient.create(REDIS.server().uri());
    tier = RedisTier.builder(client).timeout(Duration.ofSeconds(1)).build();
    await().atMost(PATIENCE).until(tier::isConnected);
    cache =
        TieredCache.<String, String>builder("names")
            .shared(tier, KeyCodec.strings(), ValueCodec.utf8())
            .afterInvalidation(
                what -> {
                  inRedis.add(REDIS.server().command("GET", "cache:names:{a}").text());
                  told.add(what);
                })
            .build();
  }

  @AfterEach
  void close() {
    cache.close();
    tier.close();
    client.shutdown();
  }

  @Test
  void invalidate_whileRedisIsWell_isToldBeforeItReturns() {
    cache.get("a", key -> "the old one");
    assertThat(REDIS.server().command("GET", "cache:names:{a}").text()).contains("the old one");
    cache.invalidate("a");

    assertThat(told).containsExactly(new Invalidation.Key<>("a"));
    assertThat(inRedis.get(0)).as("gone from Redis first").doesNotContain("the old one");
    cache.invalidateAll();
    cache.put("a", "the new one");
    assertThat(told)
        .containsExactly(
            new Invalidation.Key<>("a"), new Invalidation.All<>(), new Invalidation.Key<>("a"));
    assertThat(inRedis.get(2)).contains("the new one");
  }

  @Test
  void invalidate_whileRedisIsAway_isToldWhenRedisHasTakenIt() {
    cache.get("a", key -> "the old one");
    REDIS.server().freeze();
    try {
      cache.invalidate("a");
      cache.invalidate("b");
      await().atMost(PATIENCE).until(() -> !tier.isConnected());
      assertThat(told).isEmpty();
    } finally {
      REDIS.server().thaw();
    }
    await().atMost(PATIENCE).until(() -> told.size() == 2);

    assertThat(told)
        .containsExactlyInAnyOrder(new Invalidation.Key<>("a"), new Invalidation.Key<>("b"));
    assertThat(inRedis).noneMatch(text -> text.contains("the old one"));
  }
}
