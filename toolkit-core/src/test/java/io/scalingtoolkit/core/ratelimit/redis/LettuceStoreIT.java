// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.event.command.CommandListener;
import io.lettuce.core.event.command.CommandStartedEvent;
import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of calls when a connection or Lettuce fails. */
final class LettuceStoreIT {
  static {
    // A cold start on a busy machine takes its time.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
  }

  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  static final Script COUNT = Script.of("return {redis.call('INCR', KEYS[1])}");
  private static final Duration PATIENT = Duration.ofSeconds(30);

  private final RedisClient client = RedisClient.create(REDIS.server().uri());

  @AfterEach
  void closeClient() {
    client.shutdown();
  }

  private static boolean isOpenAgain(Store store) {
    store.connect(false);
    return store.isOpen();
  }

  private static CompletableFuture<List<Long>> count(Store store, String key) {
    return store.run(COUNT, key, List.of()).toCompletableFuture();
  }

  @Test
  void call_inFlightWhenTheConnectionDrops_failsAndIsNotSentAgain() {
    try (LettuceStore store = LettuceStore.of(client, MonotonicClock.system())) {
      store.connect(false);
      await().until(store::isOpen);
      assertThat(count(store, "before")).succeedsWithin(PATIENT);
      REDIS.server().command("CLIENT", "PAUSE", "60000", "WRITE");
      CompletableFuture<List<Long>> asked = count(store, "once");
      await().until(() -> REDIS.server().command("CLIENT", "LIST").text().contains("cmd=evalsha"));
      REDIS.server().command("CLIENT", "KILL", "TYPE", "normal");
      await().until(() -> isOpenAgain(store));
      REDIS.server().command("CLIENT", "UNPAUSE");
      // What is sent again is sent ahead of what is new.
      await().until(() -> count(store, "after").handle((answer, problem) -> problem == null).get());
      assertThat(REDIS.server().command("EXISTS", "once").number()).isZero();
      assertThat(asked).isCompletedExceptionally();
    }
  }

  @Test
  void connection_thatDrops_isMadeAgainAtOnceIfItLasted() {
    ManualClock clock = ManualClock.atEpoch();
    try (LettuceStore store = LettuceStore.of(client, clock.monotonic())) {
      store.connect(false);
      await().until(store::isOpen);
      clock.advance(Duration.ofSeconds(2));
      REDIS.server().command("CLIENT", "KILL", "TYPE", "normal");
      await().until(() -> count(store, "again").handle((answer, problem) -> problem == null).get());
      REDIS.server().command("CLIENT", "KILL", "TYPE", "normal");
      await().until(() -> !store.isOpen());
      assertThat(count(store, "closed")).isCompletedExceptionally();
      await().until(() -> isOpenAgain(store));
    }
  }

  @Test
  void call_whenLettuceThrows_failsAndDoesNotThrow() {
    AtomicBoolean broken = new AtomicBoolean();
    client.addListener(
        new CommandListener() {
          @Override
          public void commandStarted(CommandStartedEvent event) {
            if (broken.get()) {
              throw new IllegalStateException("a listener of the user's");
            }
          }
        });
    try (LettuceStore store = LettuceStore.of(client, MonotonicClock.system())) {
      store.connect(false);
      await().until(store::isOpen);
      broken.set(true);
      assertThat(count(store, "broken")).isCompletedExceptionally();
      assertThat(store.probe("broken").toCompletableFuture()).isCompletedExceptionally();
      broken.set(false);
      assertThat(count(store, "broken")).succeedsWithin(PATIENT).isEqualTo(List.of(1L));
    }
  }
}
