// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
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
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits decided by a real Redis that works. */
final class RedisRateLimitersIT {
  static {
    // A cold start on a busy machine takes its time.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
  }

  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final RateLimit TEN_A_DAY = RateLimit.of(10).per(Duration.ofDays(1));
  // So that a busy machine does not look like an outage.
  private static final Duration PATIENT = Duration.ofSeconds(5);

  private static RedisClient client;

  @BeforeAll
  static void openClient() {
    client = RedisClient.create(REDIS.server().uri());
  }

  @AfterAll
  static void closeClient() {
    client.shutdown();
  }

  private static RedisRateLimiters open() {
    return connected(RedisRateLimiters.builder(client).timeout(PATIENT));
  }

  private static RedisRateLimiters connected(RedisRateLimiters.Builder builder) {
    RedisRateLimiters limiters = builder.build();
    await().until(limiters::isConnected);
    return limiters;
  }

  /** Returns how often a command ran, in scripts too. */
  private static long calls(String command) {
    String stats = REDIS.server().command("INFO", "commandstats").text();
    String label = "cmdstat_" + command + ":calls=";
    int at = stats.indexOf(label);
    if (at < 0) {
      return 0;
    }
    String rest = stats.substring(at + label.length());
    return Long.parseLong(rest.substring(0, rest.indexOf(',')));
  }

  @Test
  void limit_ofTwoProcesses_isOne() {
    try (RedisRateLimiters one = open();
        RedisRateLimiters two = open()) {
      KeyedRateLimiter<String> here = one.keyed("shared", TEN_A_DAY);
      KeyedRateLimiter<Integer> there =
          two.keyed("shared", TEN_A_DAY, RedisRateLimiters.Mode.STRICT, n -> "user" + n);
      for (int i = 0; i < 5; i++) {
        assertThat(here.tryAcquire("user1").isAdmitted()).isTrue();
        assertThat(there.tryAcquire(1).isAdmitted()).isTrue();
      }
      assertThat(here.tryAcquire("user1").isAdmitted()).isFalse();
      assertThat(there.tryAcquire(1).isAdmitted()).isFalse();
      assertThat(there.tryAcquire(2).isAdmitted()).isTrue();
      await().until(() -> one.nodes() == 2);
    }
  }

  @Test
  void decision_strict_isOneCommandAndNoneWhereTheRefusalIsKnown() {
    try (RedisRateLimiters limiters = open()) {
      KeyedRateLimiter<String> limiter =
          limiters.keyed(
              "calls", RateLimit.of(50).per(Duration.ofDays(1)).and(TEN_A_DAY.burst(100)));
      limiter.tryAcquire("first");
      long whole = calls("eval");
      long reads = calls("get");
      long writes = calls("set");
      for (int i = 0; i < 50; i++) {
        assertThat(limiter.tryAcquire("ann").isAdmitted()).isTrue();
      }
      // Each run of the script reads and writes once; heartbeats, the only other ones, do neither.
      assertThat(calls("get") - reads).isEqualTo(50);
      assertThat(calls("set") - writes).isEqualTo(50);
      assertThat(calls("eval") - whole).isZero();

      for (int i = 0; i < 1_000; i++) {
        assertThat(limiter.tryAcquire("ann").isAdmitted()).isFalse();
      }
      assertThat(calls("get") - reads).isEqualTo(50);
    }
  }

  @Test
  void refusal_ofManyPermits_leavesFewerToBeAdmitted() {
    try (RedisRateLimiters limiters = open()) {
      KeyedRateLimiter<String> limiter = limiters.keyed("fewer", TEN_A_DAY);
      assertThat(limiter.tryAcquire("ann", 4).isAdmitted()).isTrue();
      assertThat(limiter.tryAcquire("ann", 8).isAdmitted()).isFalse();
      assertThat(limiter.tryAcquire("ann", 8).isAdmitted()).isFalse();
      assertThat(limiter.tryAcquire("ann", 6).isAdmitted()).isTrue();
      assertThat(limiter.tryAcquire("ann", 11))
          .isInstanceOfSatisfying(
              Admission.Rejected.class,
              no -> assertThat(no.reason()).isEqualTo(Admission.Reason.ABOVE_BURST));
    }
  }

  @Test
  void limit_raisedAndLowered_countsAtOnceAndKeepsWhatWasTaken() {
    try (RedisRateLimiters limiters = open()) {
      KeyedRateLimiter<String> limiter = limiters.keyed("changed", TEN_A_DAY);
      assertThat(limiter.tryAcquire("ann", 10).isAdmitted()).isTrue();
      assertThat(limiter.tryAcquire("ann").isAdmitted()).isFalse();
      limiter.setLimit(RateLimit.of(12).per(Duration.ofDays(1)));
      assertThat(limiter.tryAcquire("ann", 3).isAdmitted()).isFalse();
      assertThat(limiter.tryAcquire("ann", 2).isAdmitted()).isTrue();
      limiter.setLimit(RateLimit.of(5).per(Duration.ofDays(1)));
      assertThat(limiter.tryAcquire("ann").isAdmitted()).isFalse();
    }
  }

  @Test
  void scripts_forgottenByRedis_areSentAgain() {
    try (RedisRateLimiters limiters = open()) {
      KeyedRateLimiter<String> limiter = limiters.keyed("flushed", TEN_A_DAY);
      assertThat(limiter.tryAcquire("ann", 9).isAdmitted()).isTrue();
      REDIS.server().command("SCRIPT", "FLUSH");
      assertThat(limiter.tryAcquire("ann").isAdmitted()).isTrue();
      assertThat(limiter.tryAcquire("ann").isAdmitted()).isFalse();
      assertThat(limiters.isConnected()).isTrue();
    }
  }

  @Test
  void key_thatRedisLost_stillOwesWhatIsKnownOfIt() {
    MeterRegistry registry = new SimpleMeterRegistry();
    try (RedisRateLimiters limiters =
        connected(RedisRateLimiters.builder(client).timeout(PATIENT).meterRegistry(registry))) {
      KeyedRateLimiter<String> limiter = limiters.keyed("lost", TEN_A_DAY);
      assertThat(limiter.tryAcquire("ann", 6).isAdmitted()).isTrue();
      REDIS.server().flush();
      assertThat(limiter.tryAcquire("ann", 4).isAdmitted()).isTrue();
      assertThat(limiter.tryAcquire("ann").isAdmitted()).isFalse();
      assertThat(registry.get("toolkit.ratelimit.lost").counter().count()).isEqualTo(1);
    }
  }

  @Test
  void turn_takenAheadAndCancelled_isGivenBack() {
    try (RedisRateLimiters limiters = open()) {
      RateLimiter limiter = limiters.single("turns", RateLimit.of(1).per(Duration.ofHours(1)));
      assertThat(limiter.tryAcquire().isAdmitted()).isTrue();
      assertThat(limiter.reserve(1, Duration.ofMinutes(59)))
          .isInstanceOf(Reservation.Refused.class);
      Reservation.Held next = (Reservation.Held) limiter.reserve(1, Duration.ofMinutes(61));
      assertThat(next.delay()).isBetween(Duration.ofMinutes(55), Duration.ofHours(1));
      assertThat(limiter.reserve(1, Duration.ofMinutes(61)))
          .isInstanceOf(Reservation.Refused.class);
      assertThat(next.cancel()).isTrue();
      await()
          .until(
              () ->
                  limiter.reserve(1, Duration.ofMinutes(61)) instanceof Reservation.Held again
                      && again.delay().compareTo(Duration.ofHours(1)) <= 0);
    }
  }

  @Test
  void acquire_withinItsWait_waitsForItsTurn() throws InterruptedException {
    try (RedisRateLimiters limiters = open()) {
      RateLimiter limiter = limiters.single("waits", RateLimit.of(20).per(Duration.ofSeconds(1)));
      limiter.setLimit(limiter.limit().burst(1));
      for (int i = 0; i < 5; i++) {
        assertThat(limiter.acquire(1, Duration.ofSeconds(30)).isAdmitted()).isTrue();
      }
    }
  }

  @Test
  void acquireAsync_whileRedisIsSilent_blocksNobody() {
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port())) {
      RedisClient far = RedisClient.create("redis://" + proxy.host() + ":" + proxy.port());
      try (RedisRateLimiters limiters =
          connected(RedisRateLimiters.builder(far).timeout(Duration.ofSeconds(10)))) {
        KeyedRateLimiter<String> limiter = limiters.keyed("async", TEN_A_DAY);
        assertThat(limiter.acquireAsync("ann", 1, Duration.ZERO))
            .succeedsWithin(PATIENT)
            .isEqualTo(Admission.Admitted.NOW);
        proxy.cut();
        CompletableFuture<Admission> asked =
            limiter.acquireAsync("bob", 1, Duration.ZERO).toCompletableFuture();
        assertThat(asked).isNotDone();
        proxy.heal();
        assertThat(asked).succeedsWithin(PATIENT).isEqualTo(Admission.Admitted.NOW);
      } finally {
        far.shutdown();
      }
    }
  }

  @Test
  void quotas_ofAKey_tellWhatIsLeftOfEachBandwidth() {
    try (RedisRateLimiters limiters = open()) {
      KeyedRateLimiter<String> limiter =
          limiters.keyed("quotas", TEN_A_DAY.and(RateLimit.of(100).per(Duration.ofDays(1))));
      assertThat(limiter.quotas("ann").get(0).remaining()).isEqualTo(10);
      limiter.tryAcquire("ann", 3);
      assertThat(limiter.quotas("ann").get(0).remaining()).isEqualTo(7);
      assertThat(limiter.quotas("ann").get(1).remaining()).isEqualTo(97);
      assertThat(limiter.quotas("ann").get(0).untilFull()).isGreaterThan(Duration.ofHours(7));
    }
  }

  @Test
  void settings_outOfRange_areRefusedByName() {
    assertThatThrownBy(() -> RedisRateLimiters.builder(client).timeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must be 1 ms to 10 s, was PT0S");
    assertThatThrownBy(() -> RedisRateLimiters.builder(client).group("a b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("group")
        .hasMessageContaining("a b");
    assertThatThrownBy(() -> RedisRateLimiters.builder(client).maxKeys(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxKeys must be 1 or more, was 0");
    try (RedisRateLimiters limiters = open()) {
      KeyedRateLimiter<String> limiter = limiters.keyed("once", TEN_A_DAY);
      assertThatThrownBy(() -> limiters.keyed("once", TEN_A_DAY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("once");
      assertThatThrownBy(() -> limiter.tryAcquire("ann", 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("permits must be 1 or more, were 0");
    }
  }
}
