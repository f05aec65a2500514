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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Values that cannot be turned into bytes, here those that begin with {@code bad}. Leases last an
 * hour, so who waits for one that nobody gives back waits for longer than a test does.
 */
final class UnencodableIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration BOUND = Duration.ofSeconds(5);

  private final AtomicInteger loads = new AtomicInteger();
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
        RedisTier.builder(client)
            .timeout(Duration.ofSeconds(5)) // not the default: other tests run on this machine
            .bound(BOUND)
            .lease(Duration.ofHours(1))
            .build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  /** Refuses values that begin with bad. */
  private static final class Picky implements ValueCodec<String> {
    @Override
    public byte[] encode(String value) {
      if (value.startsWith("bad")) {
        throw new IllegalStateException("cannot encode " + value);
      }
      return value.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String decode(byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static TieredCache<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("picky")
        .shared(tier, KeyCodec.strings(), new Picky())
        .build();
  }

  @AfterEach
  void close() {
    mine.close();
    yours.close();
    here.close();
    there.close();
    client.shutdown();
    REDIS.server().command("FLUSHALL"); // leases would stay
  }

  private String bad(String key) {
    return "bad" + loads.incrementAndGet();
  }

  private Map<String, String> values(Set<String> keys) {
    return keys.stream()
        .collect(Collectors.toMap(key -> key, key -> key.equals("x") ? bad(key) : "good" + key));
  }

  /** What Redis tells of changes comes before its answer to anything that is asked now. */
  private static void hearChanges(TieredCache<String, String> cache) {
    assertThat(cache.lookup("not there").isPresent()).isFalse();
  }

  @Test
  void value_thatCannotBeEncoded_isReturnedAndKeptInMemoryForTheBound() {
    assertThat(mine.get("x", this::bad)).isEqualTo("bad1");

    hearChanges(mine);
    assertThat(mine.getIfPresent("x")).isEqualTo("bad1");
    assertThat(mine.stats().sharedFailures()).isEqualTo(1);
    assertThat(REDIS.server().command("EXISTS", "cache:picky:{x}").text()).isEqualTo("0");
    await().atMost(PATIENCE).until(() -> mine.getIfPresent("x") == null);
  }

  @Test
  void value_thatCannotBeEncoded_leavesNoLease() {
    mine.get("x", this::bad);

    assertThat(yours.get("x", key -> "good")).isEqualTo("good");
  }

  @Test
  void getAll_ofOneThatCannotBeEncoded_storesTheOthersAndKeepsThatInMemory() {
    List<String> keys = List.of("w", "x", "y");

    assertThat(mine.getAll(keys, this::values))
        .containsOnly(Map.entry("w", "goodw"), Map.entry("x", "bad1"), Map.entry("y", "goody"));

    hearChanges(mine);
    assertThat(mine.getIfPresent("x")).isEqualTo("bad1");
    assertThat(mine.getIfPresent("w")).isEqualTo("goodw");
    assertThat(mine.stats().sharedFailures()).isEqualTo(1);
    assertThat(yours.getAll(keys, asked -> Map.of("x", "good" + asked)))
        .containsOnly(Map.entry("w", "goodw"), Map.entry("x", "good[x]"), Map.entry("y", "goody"));
    await()
        .atMost(PATIENCE)
        .until(() -> mine.getIfPresent("x") == null || mine.getIfPresent("x").equals("good[x]"));
  }

  @Test
  void fill_ofALookupThatCannotBeEncoded_isKeptInMemoryForTheBound() {
    Lookup<String> miss = mine.lookup("x");

    assertThat(miss.fill("bad1")).isTrue();

    hearChanges(mine);
    assertThat(mine.lookup("x").value()).isEqualTo("bad1");
    assertThat(mine.stats().sharedFailures()).isEqualTo(1);
    assertThat(yours.get("x", key -> "good")).isEqualTo("good");
    await().atMost(PATIENCE).until(() -> "good".equals(mine.lookup("x").value()));
  }

  @Test
  void fill_ofALookupThatCannotBeEncoded_invalidatedSince_isRefused() {
    Lookup<String> miss = mine.lookup("x");
    mine.invalidate("x");

    assertThat(miss.fill("bad1")).isFalse();
    assertThat(mine.getIfPresent("x")).isNull();
  }
}
