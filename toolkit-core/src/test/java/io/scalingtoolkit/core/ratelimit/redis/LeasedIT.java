// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Permits that are charged before they are spent. */
final class LeasedIT {
  private static final Logger LOG = LoggerFactory.getLogger(LeasedIT.class);

  static {
    // A cold start on a busy machine takes its time.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
  }

  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final int NODES = Integer.getInteger("leased.nodes", 8);
  private static final Duration RUN = Duration.ofMillis(Long.getLong("leased.millis", 3_000));
  // A machine too busy to ask for a second at a time cannot use its limit; undisturbed it uses
  // nearly all.
  private static final double LOWEST =
      Double.parseDouble(System.getProperty("leased.lowest", "0.3"));
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

  private static RedisRateLimiters open(MeterRegistry registry) {
    RedisRateLimiters limiters =
        RedisRateLimiters.builder(client).timeout(PATIENT).meterRegistry(registry).build();
    await().until(limiters::isConnected);
    return limiters;
  }

  @Test
  void hotKey_ofManyProcesses_getsItsLimitAndNoMoreWithFewCalls() throws InterruptedException {
    RateLimit limit = RateLimit.of(5_000).per(Duration.ofSeconds(1));
    MeterRegistry registry = new SimpleMeterRegistry();
    List<RedisRateLimiters> nodes = new ArrayList<>();
    List<KeyedRateLimiter<String>> limiters = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      nodes.add(open(registry));
      limiters.add(nodes.get(i).keyed("hot", limit, RedisRateLimiters.Mode.LEASED));
    }
    nodes.forEach(node -> await().until(() -> node.nodes() == NODES));
    AtomicBoolean stop = new AtomicBoolean();
    LongAdder decisions = new LongAdder();
    LongAdder admitted = new LongAdder();
    List<Thread> threads = new ArrayList<>();
    long begin = System.nanoTime();
    for (KeyedRateLimiter<String> limiter : limiters) {
      Thread thread =
          new Thread(
              () -> {
                while (!stop.get()) {
                  for (int i = 0; i < 20; i++) {
                    decisions.increment();
                    if (limiter.tryAcquire("key").isAdmitted()) {
                      admitted.increment();
                    }
                  }
                  LockSupport.parkNanos(200_000);
                }
              });
      threads.add(thread);
      thread.start();
    }
    await().pollDelay(RUN).until(() -> true);
    double least = 5_000 + 5_000 * (System.nanoTime() - begin) / 1e9;
    stop.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    double most = 5_000 + 5_000 * (System.nanoTime() - begin) / 1e9;
    double calls = registry.get("toolkit.ratelimit.calls").timer().count();
    nodes.forEach(RedisRateLimiters::close);
    LOG.warn(
        "{} nodes: admitted {} of {} ({}), {} decisions, {} calls ({} %)",
        NODES,
        admitted.sum(),
        least,
        admitted.sum() / least,
        decisions.sum(),
        calls,
        100 * calls / decisions.sum());

    assertThat((double) admitted.sum()).isLessThanOrEqualTo(most).isGreaterThan(LOWEST * least);
    assertThat(calls / decisions.sum()).isLessThan(0.02);
  }

  @Test
  void lease_notSpentAtTheEnd_isGivenBack() {
    RateLimit limit = RateLimit.of(1_000).per(Duration.ofDays(1));
    MeterRegistry registry = new SimpleMeterRegistry();
    long admitted = 0;
    try (RedisRateLimiters node = open(registry)) {
      RateLimiter limiter = node.single("rest", limit, RedisRateLimiters.Mode.LEASED);
      while (registry.get("toolkit.ratelimit.leased").counter().count() == 0) {
        assertThat(limiter.tryAcquire().isAdmitted()).isTrue();
        admitted++;
      }
    }
    try (RedisRateLimiters node = open(new SimpleMeterRegistry())) {
      RateLimiter limiter = node.single("rest", limit);
      assertThat(limiter.tryAcquire(1_000 - admitted + 1).isAdmitted()).isFalse();
      assertThat(limiter.tryAcquire(1_000 - admitted).isAdmitted()).isTrue();
    }
  }

  @Test
  void burst_leasedByOneProcess_isAdmittedWhole() {
    RateLimit limit = RateLimit.of(2_000).per(Duration.ofDays(1));
    MeterRegistry registry = new SimpleMeterRegistry();
    try (RedisRateLimiters node = open(registry)) {
      KeyedRateLimiter<String> limiter = node.keyed("whole", limit, RedisRateLimiters.Mode.LEASED);
      long admitted = 0;
      for (int i = 0; i < 100_000; i++) {
        admitted += limiter.tryAcquire("key").isAdmitted() ? 1 : 0;
      }
      assertThat(admitted).isEqualTo(2_000);
      assertThat(registry.get("toolkit.ratelimit.leased").counter().count()).isPositive();
      assertThat(limiter.acquireAsync("key", 1, Duration.ZERO))
          .succeedsWithin(PATIENT)
          .satisfies(admission -> assertThat(admission.isAdmitted()).isFalse());
    }
  }
}
