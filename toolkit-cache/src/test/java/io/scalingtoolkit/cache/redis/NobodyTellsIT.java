// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Whoever changed a value died before it could say so: the old one ends with its lifetime in Redis,
 * counted from its load, also where it was copied from there later and memory would keep it longer.
 */
final class NobodyTellsIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration LIFETIME = Duration.ofSeconds(3);

  /** Far less than the lifetime in memory. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final AtomicReference<String> source = new AtomicReference<>("old");
  private RedisClient client;
  private RedisTier here;
  private RedisTier there;
  private TieredCache<String, String> mine;
  private TieredCache<String, String> yours;

  @BeforeEach
  void open() {
    client = RedisClient.create(REDIS.server().uri());
    here = tier();
    there = tier();
    mine = cache(here);
    yours = cache(there);
  }

  private RedisTier tier() {
    RedisTier tier =
        RedisTier.builder(client).timeToLive(LIFETIME).timeout(Duration.ofSeconds(1)).build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCache<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("names")
        .timeToLive(PATIENCE.multipliedBy(60))
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

  private String load(String key) {
    return source.get();
  }

  @Test
  void get_ofWhatOneHasChangedWhoDied_isNewAfterTheLifetime() {
    mine.get("a", this::load);
    source.set("new"); // and nobody invalidates
    SharedHistory.pass(LIFETIME.dividedBy(3));
    yours.get("a", this::load);

    await()
        .atMost(PATIENCE)
        .until(
            () ->
                mine.get("a", this::load).equals("new")
                    && yours.get("a", this::load).equals("new"));
  }
}
