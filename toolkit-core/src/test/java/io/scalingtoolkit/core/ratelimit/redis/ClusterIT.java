// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisClusterExtension;
import io.scalingtoolkit.testkit.redis.RedisNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits in a Redis Cluster whose slots move. */
final class ClusterIT {
  static {
    // A cold start on a busy machine takes its time.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
  }

  @RegisterExtension
  static final RedisClusterExtension REDIS =
      RedisClusterExtension.of(RedisCluster.builder().replicasPerMaster(1));

  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final int KEYS = 100;
  private static final int PERMITS = 20;
  private static final int MOVES = Integer.getInteger("cluster.moves", 2);

  private static RedisClusterClient client;

  @BeforeAll
  static void openClient() {
    client =
        RedisClusterClient.create(REDIS.cluster().uris().stream().map(RedisURI::create).toList());
  }

  @AfterAll
  static void closeClient() {
    client.shutdown();
  }

  @Test
  void slots_movedUnderLoad_makeNoErrorAndMintNothing() throws InterruptedException {
    MeterRegistry registry = new SimpleMeterRegistry();
    try (RedisRateLimiters limiters =
        RedisRateLimiters.builder(client)
            .timeout(Duration.ofSeconds(5))
            .meterRegistry(registry)
            .build()) {
      await().until(limiters::isConnected);
      KeyedRateLimiter<String> limiter =
          limiters.keyed("moving", RateLimit.of(PERMITS).per(Duration.ofDays(1)));
      AtomicLongArray admitted = new AtomicLongArray(KEYS);
      AtomicBoolean stop = new AtomicBoolean();
      LongAdder errors = new LongAdder();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Thread thread =
            new Thread(
                () -> {
                  for (int turn = 0; !stop.get(); turn++) {
                    int key = turn % KEYS;
                    try {
                      if (limiter.tryAcquire("key" + key).isAdmitted()) {
                        admitted.incrementAndGet(key);
                      }
                    } catch (RuntimeException e) {
                      errors.increment();
                    }
                    LockSupport.parkNanos(200_000);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (int move = 0; move < MOVES; move++) {
        List<RedisNode> masters = REDIS.cluster().masters();
        REDIS
            .cluster()
            .migrateSlots(
                0,
                Integer.getInteger("cluster.slots", 60),
                masters.get((move + 1) % masters.size()));
        for (int key = 0; key < 10; key++) {
          int slot = RedisCluster.slotOf("limits:moving:{key" + key + "}");
          REDIS.cluster().migrateSlot(slot, masters.get(move % masters.size()));
        }
      }
      stop.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
      for (int key = 0; key < KEYS; key++) {
        while (limiter.tryAcquire("key" + key).isAdmitted()) {
          admitted.incrementAndGet(key);
        }
        assertThat(admitted.get(key)).as("key%d", key).isEqualTo(PERMITS);
      }
      assertThat(errors.sum()).isZero();
      assertThat(registry.find("toolkit.ratelimit.failures").counters())
          .allMatch(counter -> counter.count() == 0);
      assertThat(limiters.isConnected()).isTrue();
    }
  }

  @Test
  void call_inFlightWhenTheConnectionToItsNodeDrops_failsAndIsNotSentAgain() {
    RedisNode master = REDIS.cluster().masterOf("{once}");
    try (LettuceStore store = LettuceStore.of(client, MonotonicClock.system())) {
      store.connect(false);
      await().until(store::isOpen);
      assertThat(count(store, "{once}before")).succeedsWithin(PATIENT);
      master.command("CLIENT", "PAUSE", "60000", "WRITE");
      CompletableFuture<List<Long>> asked = count(store, "{once}");
      await().until(() -> master.command("CLIENT", "LIST").text().contains("cmd=evalsha"));
      master.command("CLIENT", "KILL", "TYPE", "normal");
      master.command("CLIENT", "UNPAUSE");
      // What is sent again is sent ahead of what is new.
      await()
          .until(
              () -> {
                store.connect(false);
                return count(store, "{once}after").handle((n, problem) -> problem == null).get();
              });
      assertThat(master.command("EXISTS", "{once}").number()).isZero();
      assertThat(asked).isCompletedExceptionally();
    }
  }

  private static CompletableFuture<List<Long>> count(Store store, String key) {
    return store.run(LettuceStoreIT.COUNT, key, List.of()).toCompletableFuture();
  }

  @Test
  void failover_ofTheNodeOfAKey_grantsOneBurstMoreAtMost() {
    MeterRegistry registry = new SimpleMeterRegistry();
    try (RedisRateLimiters limiters =
        RedisRateLimiters.builder(client)
            .timeout(Duration.ofMillis(500))
            .meterRegistry(registry)
            .build()) {
      await().until(limiters::isConnected);
      KeyedRateLimiter<String> limiter =
          limiters.keyed("failing", RateLimit.of(PERMITS).per(Duration.ofDays(1)));
      String stored = "limits:failing:{ann}";
      assertThat(limiter.tryAcquire("ann", PERMITS / 2).isAdmitted()).isTrue();
      RedisNode master = REDIS.cluster().masterOf(stored);
      REDIS.cluster().failover(REDIS.cluster().replicasOf(master).get(0));
      long admitted = PERMITS / 2;
      for (int i = 0; i < 3 * PERMITS; i++) {
        admitted += limiter.tryAcquire("ann").isAdmitted() ? 1 : 0;
      }
      assertThat(admitted).isBetween((long) PERMITS, 2L * PERMITS);
      await().until(limiters::isConnected);
      assertThat(limiter.tryAcquire("bob", PERMITS).isAdmitted()).isTrue();
    }
  }
}
