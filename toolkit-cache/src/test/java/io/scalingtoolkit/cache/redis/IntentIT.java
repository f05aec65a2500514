// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.InvalidationIntent;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.Lookup;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What two caches on one Redis keep while one of them announces a change. */
final class IntentIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofMinutes(10);

  /** The row in the database. */
  private final AtomicReference<String> row = new AtomicReference<>("v1");

  private RedisClient client;
  private RedisTier here;
  private RedisTier there;
  private TieredCache<String, String> writer;
  private TieredCache<String, String> reader;

  @BeforeEach
  void open() {
    client = RedisClient.create(REDIS.server().uri());
    client.connect().sync().flushall();
    here = tier();
    there = tier();
    writer = cache(here);
    reader = cache(there);
    assertThat(reader.get("a", key -> row.get())).isEqualTo("v1");
  }

  private RedisTier tier() {
    RedisTier tier = RedisTier.builder(client).timeout(Duration.ofSeconds(5)).build();
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
    writer.close();
    reader.close();
    here.close();
    there.close();
    client.shutdown();
  }

  private String read(TieredCache<String, String> cache) {
    return cache.get("a", key -> row.get());
  }

  /** Waits until the others have heard: they hold nothing any more. */
  private void awaitForgotten() {
    await().atMost(PATIENCE).until(() -> reader.getIfPresent("a") == null);
  }

  private boolean isKept() {
    return reader.lookup("a").isPresent() || writer.lookup("a").isPresent();
  }

  @Test
  void announced_isNotKeptByAnybody_untilConfirmed() {
    InvalidationIntent intent = writer.announce(List.of("a"), LONG);
    assertThat(intent.isShared()).isTrue();
    awaitForgotten();

    assertThat(read(reader)).isEqualTo("v1");
    assertThat(read(writer)).isEqualTo("v1");
    assertThat(reader.getAll(List.of("a"), keys -> Map.of("a", row.get()))).containsValue("v1");
    assertThat(reader.lookup("a").fill("v1")).isFalse();
    reader.put("a", "v1");
    assertThat(isKept()).isFalse();

    row.set("v2");
    intent.confirm();
    assertThat(read(reader)).isEqualTo("v2");
    assertThat(isKept()).isTrue();
  }

  @Test
  void load_thatBeganBefore_isNotKept() throws Exception {
    writer.invalidate("a");
    awaitForgotten();
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<String> load =
        reader.getAsync(
            "a",
            key -> {
              String old = row.get();
              loading.countDown();
              go.await();
              return old;
            });
    loading.await();
    Lookup<String> lookup = writer.lookup("b");
    InvalidationIntent intent = writer.announce(List.of("a", "b"), LONG);
    go.countDown();

    assertThat(load.get()).isEqualTo("v1");
    assertThat(lookup.fill("v1")).isFalse();
    assertThat(isKept()).isFalse();
    intent.cancel();
  }

  /** The caller that joins it would get what was there before, after it was told otherwise. */
  @Test
  void load_whileItStands_isNotJoinedAfterTheConfirmation() throws Exception {
    InvalidationIntent intent = writer.announce(List.of("a"), LONG);
    awaitForgotten();
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<String> load =
        reader.getAsync(
            "a",
            key -> {
              String old = row.get();
              loading.countDown();
              go.await();
              return old;
            });
    loading.await();
    row.set("v2");
    intent.confirm();

    await()
        .atMost(PATIENCE)
        .until(() -> reader.getAsync("a", key -> row.get()).getNow("v1"), "v2"::equals);
    go.countDown();
    assertThat(load.get()).isEqualTo("v1");
    assertThat(read(reader)).isEqualTo("v2");
  }

  @Test
  void cancelled_isKeptAgain() {
    writer.announce(List.of("a"), LONG).cancel();
    awaitForgotten();

    assertThat(read(reader)).isEqualTo("v1");
    assertThat(isKept()).isTrue();
  }

  @Test
  void closed_isCancelled_butNotAfterItWasConfirmed() {
    try (InvalidationIntent intent = writer.announce(List.of("a"), LONG)) {
      intent.confirm();
      intent.cancel();
      read(reader);
    }
    assertThat(isKept()).isTrue();
  }

  @Test
  void severalIntents_doNotEndEachOther() {
    InvalidationIntent one = writer.announce(List.of("a"), LONG);
    InvalidationIntent two = reader.announce(List.of("a"), LONG);
    InvalidationIntent three = writer.announce(List.of("a"), LONG);

    one.confirm();
    read(reader);
    read(writer);
    assertThat(isKept()).isFalse();
    three.cancel();
    read(writer);
    assertThat(isKept()).isFalse();
    writer.invalidate("a"); // by somebody who has announced nothing
    read(writer);
    assertThat(isKept()).isFalse();
    two.cancel();
    read(writer);
    assertThat(isKept()).isTrue();
  }

  /** A writer that dies between its commit and the invalidation leaves nothing old behind. */
  @Test
  void abandonedAfterTheCommit_runsOut_andNothingOldWasKept() throws Exception {
    InvalidationIntent intent = writer.announce(List.of("a"), Duration.ofSeconds(1));
    assertThat(intent.isShared()).isTrue();
    assertThat(reader.get("a", key -> row.get())).isEqualTo("v1");
    row.set("v2"); // the commit
    here.close(); // nobody hears of that process any more

    assertThat(read(reader)).isEqualTo("v2");
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(read(reader)).isEqualTo("v2");
              return reader.getIfPresent("a") != null;
            });
  }

  /** Without announcing: what the test above would see if nothing were announced. */
  @Test
  void notAnnounced_isStaleAfterACrash() {
    row.set("v2");
    here.close();

    assertThat(read(reader)).isEqualTo("v1");
  }

  @Test
  void withoutRedis_isHeededHere() throws Exception {
    REDIS.server().kill();
    try {
      InvalidationIntent intent = writer.announce(List.of("a"), LONG);
      assertThat(intent.isShared()).isFalse();
      assertThat(read(writer)).isEqualTo("v1");
      assertThat(writer.getIfPresent("a")).isNull();
      row.set("v2");
      intent.confirm();
      assertThat(read(writer)).isEqualTo("v2");
    } finally {
      REDIS.server().restart();
    }
    await().atMost(PATIENCE).until(() -> read(reader), "v2"::equals);
  }
}
