// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes of two versions that store their values in different forms under the same keys. */
final class SchemaIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private final RedisClient client = RedisClient.create(REDIS.server().uri());
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final AtomicInteger loads = new AtomicInteger();

  private TieredCache<String, String> cache(String schema, ValueCodec<String> codec) {
    RedisTier tier = RedisTier.builder(client).timeout(Duration.ofSeconds(5)).build();
    await().atMost(Duration.ofSeconds(60)).until(tier::isConnected);
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("names")
            .schema(schema)
            .shared(tier, KeyCodec.strings(), codec)
            .build();
    opened.add(cache);
    opened.add(tier);
    return cache;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    client.shutdown();
  }

  private String load(String key) {
    return key + loads.incrementAndGet();
  }

  @Test
  void valueOfAnotherSchema_isLoadedAnew_andInvalidationsHoldForBoth() {
    TieredCache<String, String> old = cache("", ValueCodec.utf8());
    ValueCodec<String> compressed = ValueCodec.compressed(ValueCodec.utf8(), 0);
    TieredCache<String, String> now = cache("2", compressed);
    TieredCache<String, String> alsoNow = cache("2", compressed);

    assertThat(old.get("a", this::load)).isEqualTo("a1");
    assertThat(now.getIfPresent("a")).isNull();
    assertThat(now.get("a", this::load)).isEqualTo("a2");
    assertThat(alsoNow.get("a", this::load)).as("read from Redis").isEqualTo("a2");
    assertThat(now.stats().undecodable() + old.stats().undecodable()).isZero();

    old.invalidate("a");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(now.getIfPresent("a")).isNull());
    assertThat(alsoNow.get("a", this::load)).isEqualTo("a3");
  }
}
