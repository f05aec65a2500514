// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.ratelimit.Reservation;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits in a Redis that answers with errors or late, and limits that are closed. */
final class FaultyRedisIT {
  static {
    // A cold start on a busy machine takes its time.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
  }

  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final RateLimit TEN_A_DAY = RateLimit.of(10).per(Duration.ofDays(1));
  private static final RateLimit THOUSAND_A_DAY = RateLimit.of(1_000).per(Duration.ofDays(1));
  // So that a busy machine does not look like an outage.
  private static final Duration PATIENT = Duration.ofSeconds(10);

  private final FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port());
  private final RedisClient client =
      RedisClient.create("redis://" + proxy.host() + ":" + proxy.port());
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private RedisRateLimiters limiters;

  @BeforeEach
  void open() {
    limiters = RedisRateLimiters.builder(client).timeout(PATIENT).meterRegistry(registry).build();
    await().until(limiters::isConnected);
  }

  @AfterEach
  void close() {
    limiters.close();
    client.shutdown();
    proxy.close();
  }

  /** An error that Redis answers every call with, and its end. */
  private enum Refusal {
    OUT_OF_MEMORY {
      @Override
      void begin() {
        REDIS.server().command("CONFIG", "SET", "maxmemory", "1");
      }

      @Override
      void end() {
        REDIS.server().command("CONFIG", "SET", "maxmemory", "0");
      }
    },
    READ_ONLY {
      @Override
      void begin() {
        REDIS.server().command("REPLICAOF", "127.0.0.1", "1");
      }

      @Override
      void end() {
        REDIS.server().command("REPLICAOF", "NO", "ONE");
      }
    },
    NO_PERMISSION {
      @Override
      void begin() {
        REDIS.server().command("ACL", "SETUSER", "default", "-evalsha");
      }

      @Override
      void end() {
        REDIS.server().command("ACL", "SETUSER", "default", "+evalsha");
      }
    };

    abstract void begin();

    abstract void end();
  }

  private double failures(String kind) {
    return registry.get("toolkit.ratelimit.failures").tag("kind", kind).counter().count();
  }

  private static long admitted(KeyedRateLimiter<String> limiter, String key, int calls) {
    long admitted = 0;
    for (int i = 0; i < calls; i++) {
      admitted += limiter.tryAcquire(key).isAdmitted() ? 1 : 0;
    }
    return admitted;
  }

  @Test
  void acquireAsync_cancelledBeforeRedisAnswers_givesItsPermitsBack() {
    KeyedRateLimiter<String> limiter = limiters.keyed("given-up", TEN_A_DAY);
    assertThat(limiter.tryAcquire("ann").isAdmitted()).isTrue();
    proxy.cut();
    CompletableFuture<Admission> asked =
        limiter.acquireAsync("ann", 6, Duration.ZERO).toCompletableFuture();
    assertThat(asked.cancel(false)).isTrue();
    proxy.heal();
    await().until(() -> registry.get("toolkit.ratelimit.returned").counter().count() == 6);
    assertThat(limiter.tryAcquire("ann", 9).isAdmitted()).isTrue();
    assertThat(limiters.isConnected()).isTrue();
    assertThat(failures("silent")).isZero();
  }

  @Test
  void turn_givenUpBeforeItIsKnown_movesNobodyElse() {
    RateLimiter limiter = limiters.single("promised", RateLimit.of(1).per(Duration.ofHours(1)));
    assertThat(limiter.tryAcquire().isAdmitted()).isTrue();
    proxy.cut();
    CompletableFuture<Admission> first =
        limiter.acquireAsync(1, Duration.ofHours(9)).toCompletableFuture();
    CompletableFuture<Admission> second =
        limiter.acquireAsync(1, Duration.ofHours(9)).toCompletableFuture();
    assertThat(first.cancel(false)).isTrue();
    proxy.heal();
    await().until(() -> registry.get("toolkit.ratelimit.returned").counter().count() == 1);
    // The second one has its turn in two hours, so the next one is no earlier than in three.
    assertThat(limiter.quotas().get(0).untilFull()).isGreaterThan(Duration.ofMinutes(170));
    assertThat(second).isNotDone();
  }

  @Test
  void failure_ofACallThatSeveralWaitFor_isCountedOnce() {
    KeyedRateLimiter<String> limiter =
        limiters.keyed("counted", THOUSAND_A_DAY, RedisRateLimiters.Mode.LEASED);
    while (registry.get("toolkit.ratelimit.leased").counter().count() == 0) {
      assertThat(limiter.tryAcquire("ann").isAdmitted()).isTrue();
    }
    Refusal.NO_PERMISSION.begin();
    admitted(limiter, "ann", 2_000);
    Refusal.NO_PERMISSION.end();
    assertThat(failures("error")).isEqualTo(3);
  }

  @Test
  void lease_thatSeveralWaitForInVain_isOneFailure() {
    MeterRegistry own = new SimpleMeterRegistry();
    try (RedisRateLimiters hasty =
        RedisRateLimiters.builder(client)
            .group("hasty")
            .timeout(Duration.ofMillis(500))
            .meterRegistry(own)
            .build()) {
      await().until(hasty::isConnected);
      KeyedRateLimiter<String> limiter =
          hasty.keyed("vain", THOUSAND_A_DAY, RedisRateLimiters.Mode.LEASED);
      Counter leased = own.get("toolkit.ratelimit.leased").counter();
      while (leased.count() == 0) {
        assertThat(limiter.tryAcquire("ann").isAdmitted()).isTrue();
      }
      proxy.cut();
      admitted(limiter, "ann", (int) leased.count() - 1); // and asks for the next one
      List<CompletableFuture<Admission>> waiting = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        waiting.add(limiter.acquireAsync("ann", 1, Duration.ZERO).toCompletableFuture());
      }
      waiting.forEach(asked -> assertThat(asked).succeedsWithin(PATIENT));
      assertThat(own.get("toolkit.ratelimit.failures").tag("kind", "silent").counter().count())
          .isEqualTo(1);
    }
  }

  @Test
  void lease_thatComesAfterTheLimitHasChanged_isGivenBack() {
    KeyedRateLimiter<String> limiter =
        limiters.keyed("late", THOUSAND_A_DAY, RedisRateLimiters.Mode.LEASED);
    Counter leased = registry.get("toolkit.ratelimit.leased").counter();
    long strict = 0;
    while (leased.count() == 0) {
      assertThat(limiter.tryAcquire("ann").isAdmitted()).isTrue();
      strict++;
    }
    strict--; // the last one was the first of the lease
    long first = (long) leased.count();
    proxy.cut();
    long spent = 1 + admitted(limiter, "ann", (int) first / 2 + 1); // and asks for the next one
    limiter.setLimit(THOUSAND_A_DAY.burst(2_000));
    proxy.heal();
    await().until(() -> leased.count() > first);
    double kept = leased.count() - spent;
    await().until(() -> registry.get("toolkit.ratelimit.returned").counter().count() == kept);
    // A debt is rounded up as it is converted.
    assertThat(limiter.tryAcquire("ann", 2_000 - strict - spent - 1).isAdmitted()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void calls_answeredWithErrors_areAnsweredWithoutRedisUntilItWorks(Refusal refusal) {
    KeyedRateLimiter<String> limiter = limiters.keyed("errors", TEN_A_DAY);
    assertThat(admitted(limiter, refusal.name(), 4)).isEqualTo(4);
    refusal.begin();
    try {
      assertThat(admitted(limiter, refusal.name(), 3)).isEqualTo(3);
      assertThat(failures("error")).isEqualTo(3);
      assertThat(limiters.isConnected()).isFalse();
      assertThat(admitted(limiter, refusal.name(), 10)).isEqualTo(3);
    } finally {
      refusal.end();
    }
    await().until(limiters::isConnected);
    assertThat(admitted(limiter, refusal.name(), 10)).isZero();
    assertThat(admitted(limiter, refusal.name() + "-other", 20)).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LPUSH", "SET"})
  void key_thatHoldsSomethingElse_isNoOutageOfTheOthers(String command) {
    KeyedRateLimiter<String> limiter = limiters.keyed("foreign-" + command, TEN_A_DAY);
    String stored = "limits:foreign-" + command + ":{ann}";
    REDIS.server().command(command, stored, "not a limit");
    assertThat(admitted(limiter, "ann", 20)).isEqualTo(10);
    assertThat(failures("error")).isPositive();
    assertThat(limiters.isConnected()).isTrue();
    assertThat(registry.get("toolkit.ratelimit.transitions").tag("state", "suspect").counter())
        .satisfies(suspect -> assertThat(suspect.count()).isZero());
    REDIS.server().command("DEL", stored);
    assertThat(admitted(limiter, "ann", 20)).isZero();
  }

  @Test
  void close_ofManyLimitersWhenRedisIsSilent_waitsOnceForAll() {
    for (int i = 0; i < 40; i++) {
      RateLimiter limiter =
          limiters.single("many" + i, THOUSAND_A_DAY, RedisRateLimiters.Mode.LEASED);
      while (registry.get("toolkit.ratelimit.leased").tag("limiter", "many" + i).counter().count()
          == 0) {
        assertThat(limiter.tryAcquire().isAdmitted()).isTrue();
      }
    }
    proxy.cut();
    // One after the other it would be a quarter of a second for each.
    assertThat(CompletableFuture.runAsync(limiters::close)).succeedsWithin(Duration.ofSeconds(5));
  }

  @Test
  void limiter_usedAfterClose_behavesAsInAnOutage() {
    KeyedRateLimiter<String> limiter = limiters.keyed("closed", TEN_A_DAY);
    assertThat(admitted(limiter, "ann", 4)).isEqualTo(4);
    limiters.close();
    assertThat(limiters.isConnected()).isFalse();
    assertThat(admitted(limiter, "ann", 20)).isEqualTo(6);
    assertThat(limiter.acquireAsync("ann", 1, Duration.ZERO))
        .succeedsWithin(PATIENT)
        .satisfies(admission -> assertThat(admission.isAdmitted()).isFalse());
    assertThat(failures("silent")).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void callers_whileTheirLimitersAreClosed_areAllAnswered(boolean clientFirst) throws Exception {
    KeyedRateLimiter<String> strict = limiters.keyed("strict", THOUSAND_A_DAY);
    KeyedRateLimiter<String> leased =
        limiters.keyed("leased", THOUSAND_A_DAY, RedisRateLimiters.Mode.LEASED);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger rounds = new AtomicInteger();
    List<CompletableFuture<Void>> callers = new ArrayList<>();
    for (int caller = 0; caller < 4; caller++) {
      String key = "key" + caller % 2;
      callers.add(
          CompletableFuture.runAsync(
              () -> {
                while (!stop.get()) {
                  strict.tryAcquire(key);
                  leased.tryAcquire(key);
                  if (strict.reserve(key, 1, Duration.ofDays(1)) instanceof Reservation.Held turn) {
                    turn.cancel();
                  }
                  leased.acquireAsync(key, 1, Duration.ZERO).toCompletableFuture().join();
                  strict.quotas(key);
                  rounds.incrementAndGet();
                }
              },
              task -> new Thread(task).start()));
    }
    await().until(() -> rounds.get() > 20);
    if (clientFirst) {
      client.shutdown();
    } else {
      limiters.close();
    }
    int closed = rounds.get();
    await().until(() -> rounds.get() > closed + 100);
    limiters.close();
    stop.set(true);
    for (CompletableFuture<Void> caller : callers) {
      assertThat(caller).succeedsWithin(PATIENT);
    }
  }

  @Test
  void caller_interruptedBefore_isAnsweredByRedisAndStaysInterrupted() {
    KeyedRateLimiter<String> limiter = limiters.keyed("flagged", TEN_A_DAY);
    Thread.currentThread().interrupt();
    assertThat(limiter.tryAcquire("ann", 10).isAdmitted()).isTrue();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(failures("silent")).isZero();
    assertThat(limiter.quotas("ann").get(0).remaining()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "}", "{}", "a}b", "\n\r\0", "\uD800", "ключ"})
  void key_ofAnyText_hasItsLimit(String key) {
    KeyedRateLimiter<String> limiter = limiters.keyed("texts", TEN_A_DAY);
    for (String text : List.of(key, key + "x".repeat(1_000_000))) {
      assertThat(admitted(limiter, text, 12)).isEqualTo(10);
    }
    assertThat(failures("error") + failures("silent")).isZero();
  }

  @Test
  void waiter_interruptedWhileRedisIsAsked_isToldAndKeepsNothing() {
    RateLimiter limiter = limiters.single("interrupted", TEN_A_DAY);
    assertThat(limiter.tryAcquire(10).isAdmitted()).isTrue();
    CompletableFuture<Boolean> told =
        CompletableFuture.supplyAsync(
            () -> {
              Thread.currentThread().interrupt();
              try {
                limiter.acquire(1, Duration.ofDays(1));
                return false;
              } catch (InterruptedException e) {
                return true;
              }
            });
    assertThat(told).succeedsWithin(PATIENT).isEqualTo(true);
    await().until(() -> registry.get("toolkit.ratelimit.returned").counter().count() == 1);
  }
}
