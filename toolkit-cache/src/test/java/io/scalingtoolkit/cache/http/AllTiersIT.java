// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.TieredCacheBuilder;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.cache.redis.RedisTier;
import io.scalingtoolkit.testkit.edge.VarnishServer;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A write by one process reaches who asks the Varnish before another, with Redis in between. */
final class AllTiersIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int WRITES = 20;

  private final AtomicInteger row = new AtomicInteger();
  private final HttpClient client = HttpClient.newHttpClient();

  private static TieredCacheBuilder<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("pages")
        .shared(tier, KeyCodec.strings(), ValueCodec.utf8());
  }

  private String load(String key) {
    return Integer.toString(row.get());
  }

  private String page(VarnishServer varnish) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(varnish.uri().resolve("/p")).timeout(PATIENCE).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void write_byOneProcess_isSeenThroughTheCacheBeforeTheOther() throws Exception {
    assumeTrue(VarnishServer.unavailable().isEmpty(), () -> VarnishServer.unavailable().orElse(""));
    RedisClient redis = RedisClient.create(REDIS.server().uri());
    RedisTier here = RedisTier.builder(redis).build();
    RedisTier there = RedisTier.builder(redis).build();
    await().atMost(PATIENCE).until(() -> here.isConnected() && there.isConnected());
    TieredCache<String, String> reader = cache(there).build();
    try (Origin origin = new Origin(EdgeContract.lifetime(3_600, 60, 60));
        VarnishServer varnish =
            VarnishServer.start(EdgeContract.resource("edge.vcl"), origin.port());
        BatchingPurger purger =
            BatchingPurger.builder("varnish", EdgePurger.varnish(varnish.uri()))
                .again(Duration.ofSeconds(1))
                .build()) {
      origin.shown = () -> Integer.parseInt(Objects.requireNonNull(reader.get("p", this::load)));
      TieredCache<String, String> writer =
          cache(here).afterInvalidation(purger.after(what -> Purge.tags("page-p"))).build();
      for (int i = 1; i <= WRITES; i++) {
        page(varnish); // kept by all three
        row.incrementAndGet();
        writer.invalidate("p");
        String wanted = "version " + i;
        await().atMost(PATIENCE).until(() -> page(varnish).equals(wanted));
      }
      assertThat(purger.stats().lost()).isZero();
      writer.close();
    } finally {
      reader.close();
      here.close();
      there.close();
      redis.shutdown();
    }
  }
}
