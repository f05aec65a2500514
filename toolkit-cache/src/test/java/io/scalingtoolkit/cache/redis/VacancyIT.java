// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.internal.Forgetting;
import io.scalingtoolkit.cache.internal.Reading;
import io.scalingtoolkit.cache.internal.Remote;
import io.scalingtoolkit.cache.internal.Space;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What Redis refuses to store after a probe by itself: a cache also hears of changes, mostly before
 * it stores something, so tests of a cache would not see what Redis lets through.
 */
final class VacancyIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final byte[] VALUE = {1};

  private RedisClient client;
  private RedisTier tier;
  private Space space;

  /** Hears nothing. */
  private static final class Deaf implements Space.Listener {
    @Override
    public void changed(String key) {}

    @Override
    public void allChanged() {}
  }

  @BeforeEach
  void open() {
    client = RedisClient.create(REDIS.server().uri());
    tier = RedisTier.builder(client).timeout(Duration.ofSeconds(5)).lease(PATIENCE).build();
    await().atMost(PATIENCE).until(tier::isConnected);
    space = tier.unwrap(Remote.class).open("deaf", 0, new Deaf());
  }

  @AfterEach
  void close() {
    tier.close();
    client.shutdown();
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private Reading.Vacant vacant(String key) throws Exception {
    return (Reading.Vacant) get(space.probe(key, 0));
  }

  private boolean isStored(String key, long token, Reading.Vacant since) throws Exception {
    return get(space.fill(key, token, since, VALUE, 60_000, List.of(), null));
  }

  /** As one that is made while the connection comes up: nobody got it ready. */
  @Test
  void cacheThatNobodyGotReady_isSharedFromItsFirstRead() throws Exception {
    RedisSpace late = new RedisSpace(tier, "cache", "late", 0, new Deaf());

    assertThat(get(late.get("a", () -> {}))).isInstanceOf(Reading.Absent.class);
    assertThat(get(late.take("a", 1, 0))).isInstanceOf(Reading.Granted.class);
    assertThat(get(late.take("a", 2, 0))).isInstanceOf(Reading.Awaited.class);
  }

  @Test
  void nothingSince_isStoredOnce() throws Exception {
    Reading.Vacant first = vacant("a");
    Reading.Vacant second = vacant("a");

    assertThat(isStored("a", 1, first)).isTrue();
    assertThat(isStored("a", 2, second)).as("there is an entry").isFalse();
    assertThat(get(space.token("a", () -> {}))).isEqualTo(1);
  }

  @Test
  void tombstoneSince_isRefused_alsoOverAnOlderOne() throws Exception {
    for (int round = 0; round < 2; round++) {
      Reading.Vacant before = vacant("b");
      get(space.invalidate("b", Forgetting.changed("")));

      assertThat(isStored("b", 1, before)).as("round " + round).isFalse();
    }
    assertThat(isStored("b", 2, vacant("b"))).isTrue();
  }

  @Test
  void leaseSince_isRefused() throws Exception {
    Reading.Vacant before = vacant("c");
    assertThat(get(space.take("c", 7, 0))).isInstanceOf(Reading.Granted.class);

    assertThat(isStored("c", 1, before)).isFalse();
    assertThat(get(space.probe("c", 0))).as("somebody loads it").isInstanceOf(Reading.Absent.class);
  }
}
