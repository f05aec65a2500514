// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What was loaded without Redis is used while Redis is away, and no longer: the bound is so long
 * here that it cannot be what ends it.
 */
final class RecoveryIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration BOUND = Duration.ofMinutes(1);

  private final FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port());
  private final RedisClient cuttable =
      RedisClient.create("redis://" + proxy.host() + ":" + proxy.port());
  private final RedisClient direct = RedisClient.create(REDIS.server().uri());
  private final AtomicReference<String> source = new AtomicReference<>("old");
  private final AtomicInteger loads = new AtomicInteger();
  private RedisTier here;
  private RedisTier there;
  private TieredCache<String, String> mine;
  private TieredCache<String, String> yours;

  @BeforeEach
  void open() {
    here = tier(cuttable);
    there = tier(direct);
    mine = cache(here);
    yours = cache(there);
    mine.get("warm", this::load);
    yours.get("warm", this::load);
    loads.set(0);
  }

  private static RedisTier tier(RedisClient client) {
    RedisTier tier = RedisTier.builder(client).timeout(Duration.ofSeconds(1)).bound(BOUND).build();
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
    cuttable.shutdown();
    direct.shutdown();
    proxy.close();
  }

  private String load(String key) {
    loads.incrementAndGet();
    return source.get();
  }

  @Test
  void get_loadedDuringAMomentOfSilence_isReadFromRedisAfterwards() {
    proxy.cut();
    mine.get("noticed", this::load);
    loads.set(0);
    // Redis is not even asked for it, so it will not tell of changes to it.
    assertThat(mine.get("a", this::load)).isEqualTo("old");
    assertThat(mine.get("a", this::load)).isEqualTo("old");
    assertThat(loads).as("kept while Redis is away").hasValue(1);
    proxy.heal();

    source.set("new");
    yours.invalidate("a");

    await().atMost(PATIENCE).until(() -> "new".equals(mine.get("a", this::load)));
  }

  @Test
  void get_loadedDuringAnOutage_isReadFromRedisAfterwards() {
    proxy.refuse();
    proxy.resetConnections();
    await().atMost(PATIENCE).until(() -> !here.isConnected());
    assertThat(mine.get("a", this::load)).isEqualTo("old");
    assertThat(mine.get("a", this::load)).isEqualTo("old");
    assertThat(loads).as("kept while Redis is away").hasValue(1);
    source.set("new");
    yours.invalidate("a");
    assertThat(mine.get("a", this::load)).as("within the bound").isEqualTo("old");

    proxy.heal();

    await().atMost(PATIENCE).until(() -> "new".equals(mine.get("a", this::load)));
  }

  /** Else each call would load, and the source would have all the load at once. */
  @Test
  void get_whileRedisAnswersButRefuses_loadsOnce() {
    REDIS.server().command("CONFIG", "SET", "maxmemory", "1");
    try {
      assertThat(mine.get("a", this::load)).isEqualTo("old");
      assertThat(mine.get("a", this::load)).isEqualTo("old");
      assertThat(loads).hasValue(1);
    } finally {
      REDIS.server().command("CONFIG", "SET", "maxmemory", "0");
    }
  }
}
