// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two processes whose user of Redis may not be told of changes, as with some providers. */
final class UntrackedIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final AtomicInteger loads = new AtomicInteger();
  private RedisClient client;
  private RedisTier here;
  private RedisTier there;
  private TieredCache<String, String> mine;
  private TieredCache<String, String> yours;

  @BeforeEach
  void open() {
    REDIS.server().command("ACL", "SETUSER", "app", "on", ">word", "~*", "+@all", "-client");
    client =
        RedisClient.create(
            RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(REDIS.server().port())
                .withAuthentication("app", "word")
                .build());
    here = tier();
    there = tier();
    mine = cache(here);
    yours = cache(there);
  }

  private RedisTier tier() {
    RedisTier tier =
        RedisTier.builder(client)
            .timeout(Duration.ofSeconds(5))
            .bound(Duration.ofMillis(600))
            .build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCache<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("names")
        .tags((key, value) -> List.of("all"))
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
    return key + loads.incrementAndGet();
  }

  private void awaitYours(String expected) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(yours.get("a", this::load)).isEqualTo(expected));
  }

  @Test
  void changesByTheOther_areNoticedWhenTheCopyIsLookedAtAgain() {
    assertThat(mine.get("a", this::load)).isEqualTo("a1");
    assertThat(yours.get("a", this::load)).as("from Redis").isEqualTo("a1");

    mine.invalidate("a");
    assertThat(mine.get("a", this::load)).as("its own, at once").isEqualTo("a2");
    awaitYours("a2");
    mine.invalidateTag("all");
    assertThat(mine.get("a", this::load)).isEqualTo("a3");
    awaitYours("a3");
    mine.invalidateAll();
    assertThat(mine.get("a", this::load)).isEqualTo("a4");
    awaitYours("a4");
    assertThat(loads).as("one each").hasValue(4);
  }

  @Test
  void copyThatIsStillRight_isLookedAtAndKept() {
    mine.get("a", this::load);
    yours.get("a", this::load);
    long hits = yours.stats().hits();
    long shared = yours.stats().sharedHits();
    long ranges = calls("getrange");

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              assertThat(yours.get("a", this::load)).isEqualTo("a1");
              return calls("getrange") - ranges >= 4; // of its 32 bytes in front, each time
            });
    assertThat(loads).hasValue(1);
    assertThat(yours.stats().hits()).as("from memory in between").isGreaterThan(hits + 4);
    assertThat(yours.stats().sharedHits()).as("not read whole again").isEqualTo(shared);
  }

  private static long calls(String command) {
    return REDIS
        .server()
        .command("INFO", "commandstats")
        .text()
        .lines()
        .filter(line -> line.startsWith("cmdstat_" + command + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1").strip()))
        .sum();
  }
}
