// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the guide shows of the tier in Redis. */
final class RedisGuideIT {
  @Test
  void shared_valuesAreInRedis() {
    try (RedisServer server = RedisServer.start()) {
      RedisClient redisClient = RedisClient.create(server.uri());
      // snippet:shared
      RedisTier redis = RedisTier.builder(redisClient).timeToLive(Duration.ofMinutes(15)).build();

      TieredCache<Long, String> names =
          TieredCache.<Long, String>builder("names")
              .shared(redis, KeyCodec.longs(), ValueCodec.utf8())
              .build();
      // end
      assertThat(names.get(7L, id -> "Ada")).isEqualTo("Ada");
      assertThat(server.command("EXISTS", "cache:names:{7}").text()).isEqualTo("1");
      // snippet:form
      TieredCache<Long, String> pages =
          TieredCache.<Long, String>builder("pages")
              .schema("2") // values stored under another name are loaded anew
              .shared(redis, KeyCodec.longs(), ValueCodec.compressed(ValueCodec.utf8(), 2_048))
              .build();
      // end
      assertThat(pages.get(7L, id -> "page ".repeat(1_000))).hasSize(5_000);
      assertThat(server.command("STRLEN", "cache:pages:{7}").text()).hasSizeLessThan(4);
      pages.close();
      names.close();
      redis.close();
      redisClient.shutdown();
    }
  }
}
