// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters.Mode;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters.Outage;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What limits do while Redis is frozen, dead, slow or cut off, and when it comes back. */
final class OutageIT {
  private static final Logger LOG = LoggerFactory.getLogger(OutageIT.class);

  static {
    // A cold start on a busy machine takes its time.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
  }

  private static final int NODES = 4;
  private static final int RATE = 2_000;
  private static final RateLimit LIMIT = RateLimit.of(RATE).per(Duration.ofSeconds(1)).burst(500);
  private static final RateLimit DAILY = RateLimit.of(100).per(Duration.ofDays(1));
  private static final long OUTAGE_MILLIS = Long.getLong("outage.millis", 800);
  // A machine too busy to ask cannot use its limit; undisturbed it uses nearly all.
  private static final double LOWEST =
      Double.parseDouble(System.getProperty("outage.lowest", "0.3"));
  private static final Duration CALM = Duration.ofMillis(300);
  // Redis is on a machine that others use as well: much longer than the default.
  private static final Duration TIMEOUT = Duration.ofMillis(Long.getLong("outage.timeout", 100));

  private final RedisServer redis = RedisServer.start();
  private final FaultProxy proxy = FaultProxy.to("127.0.0.1", redis.port());
  // With its own options, under which it would queue commands and reconnect ever more slowly.
  private final RedisClient client =
      RedisClient.create("redis://" + proxy.host() + ":" + proxy.port());
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final List<RedisRateLimiters> nodes = new ArrayList<>();

  /** Something that happens to Redis, and its end. */
  private enum Fault {
    FROZEN {
      @Override
      void begin(OutageIT test) {
        test.redis.freeze();
      }

      @Override
      void end(OutageIT test) {
        test.redis.thaw();
      }
    },
    KILLED {
      @Override
      void begin(OutageIT test) {
        test.redis.kill();
      }

      @Override
      void end(OutageIT test) {
        test.redis.restart();
      }
    },
    SLOW {
      @Override
      void begin(OutageIT test) {
        test.proxy.latency(Duration.ofMillis(250));
      }

      @Override
      void end(OutageIT test) {
        test.proxy.heal();
      }
    },
    CUT {
      @Override
      void begin(OutageIT test) {
        test.proxy.cut();
      }

      @Override
      void end(OutageIT test) {
        test.proxy.heal();
      }
    },
    RESET {
      @Override
      void begin(OutageIT test) {
        test.proxy.resetDials();
        test.proxy.resetConnections();
      }

      @Override
      void end(OutageIT test) {
        test.proxy.heal();
      }
    };

    abstract void begin(OutageIT test);

    abstract void end(OutageIT test);
  }

  @BeforeEach
  void open() {
    for (int i = 0; i < NODES; i++) {
      nodes.add(node(Outage.LOCAL_SHARE, registry));
    }
    nodes.forEach(node -> await().until(() -> node.isConnected() && node.nodes() == NODES));
  }

  private RedisRateLimiters node(Outage outage, MeterRegistry meters) {
    return RedisRateLimiters.builder(client)
        .timeout(TIMEOUT)
        .outage(outage)
        .meterRegistry(meters)
        .build();
  }

  @AfterEach
  void close() {
    nodes.forEach(RedisRateLimiters::close);
    client.shutdown();
    proxy.close();
    redis.close();
  }

  /** Asks from all nodes, each in a thread, until stopped. */
  private final class Load {
    final AtomicBoolean stop = new AtomicBoolean();
    final LongAdder admitted = new LongAdder();
    final LongAdder decisions = new LongAdder();
    final AtomicLong slowest = new AtomicLong();
    final AtomicReference<Throwable> thrown = new AtomicReference<>();
    final List<Thread> threads = new ArrayList<>();
    final long begin = System.nanoTime();
    // Confined to the test.
    private double since;
    private long counted;

    Load(List<KeyedRateLimiter<String>> limiters) {
      for (KeyedRateLimiter<String> limiter : limiters) {
        Thread thread = new Thread(() -> run(limiter));
        threads.add(thread);
        thread.start();
      }
    }

    private void run(KeyedRateLimiter<String> limiter) {
      try {
        while (!stop.get()) {
          long start = System.nanoTime();
          if (limiter.tryAcquire("key").isAdmitted()) {
            admitted.increment();
          }
          decisions.increment();
          slowest.accumulateAndGet(System.nanoTime() - start, Math::max);
          LockSupport.parkNanos(300_000);
        }
      } catch (RuntimeException | Error e) {
        thrown.set(e);
      }
    }

    String phase() {
      double to = seconds();
      String line = " %d in %.2f s".formatted(admitted.sum() - counted, to - since);
      since = to;
      counted = admitted.sum();
      return line;
    }

    double seconds() {
      return (System.nanoTime() - begin) / 1e9;
    }

    void end() throws InterruptedException {
      stop.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private List<KeyedRateLimiter<String>> limiters(RateLimit limit, Mode mode) {
    List<KeyedRateLimiter<String>> limiters = new ArrayList<>();
    nodes.forEach(node -> limiters.add(node.keyed("hot", limit, mode)));
    return limiters;
  }

  private static void pass(Duration time) {
    await().atMost(Duration.ofMinutes(5)).pollDelay(time).until(() -> true);
  }

  @ParameterizedTest
  @EnumSource
  void load_throughAFault_isAdmittedUpToTheLimitAndNobodySeesAnError(Fault fault)
      throws InterruptedException {
    run(fault, Mode.STRICT);
  }

  @ParameterizedTest
  @EnumSource(names = {"FROZEN", "KILLED"})
  void leases_throughAFault_areAdmittedUpToTheLimitAndNobodySeesAnError(Fault fault)
      throws InterruptedException {
    run(fault, Mode.LEASED);
  }

  private void run(Fault fault, Mode mode) throws InterruptedException {
    Load load = new Load(limiters(LIMIT, mode));
    pass(CALM);
    String phases = load.phase();
    fault.begin(this);
    pass(Duration.ofMillis(OUTAGE_MILLIS));
    assertThat(nodes).as("all noticed").noneMatch(RedisRateLimiters::isConnected);
    phases += load.phase();
    long began = System.nanoTime();
    fault.end(this);
    nodes.forEach(node -> await().until(node::isConnected));
    double recovery = (System.nanoTime() - began) / 1e9;
    phases += load.phase();
    pass(CALM);
    load.end();
    phases += load.phase();

    double budget = 500 + RATE * load.seconds();
    double silent =
        registry.get("toolkit.ratelimit.failures").tag("kind", "silent").counter().count();
    LOG.warn(
        "{} {}:{}; admitted {} of {} ({}), {} decisions, slowest {} ms, {} calls without"
            + " answer, recovery {} s",
        mode,
        fault,
        phases,
        load.admitted.sum(),
        budget,
        load.admitted.sum() / budget,
        load.decisions.sum(),
        load.slowest.get() / 1e6,
        silent,
        recovery);
    assertThat(load.thrown.get()).isNull();
    assertThat(load.admitted.sum() / budget).isBetween(LOWEST, 1.10);
    // Only the first call of each node waits, and once more where it comes back too early.
    assertThat(silent).isLessThanOrEqualTo(5 * NODES);
    assertThat(
            registry.get("toolkit.ratelimit.transitions").tag("state", "local").counter().count())
        .isGreaterThanOrEqualTo(NODES);
  }

  private static long admitted(List<KeyedRateLimiter<String>> limiters) {
    long admitted = 0;
    for (int i = 0; i < 200; i++) {
      for (KeyedRateLimiter<String> limiter : limiters) {
        admitted += limiter.tryAcquire("key").isAdmitted() ? 1 : 0;
      }
    }
    return admitted;
  }

  @ParameterizedTest
  @EnumSource(names = {"FROZEN", "KILLED"})
  void burst_spentBeforeOrDuringAnOutage_isNotThereAgainOnEitherSwitch(Fault fault) {
    List<KeyedRateLimiter<String>> limiters = limiters(DAILY, Mode.STRICT);
    limiters.forEach(limiter -> assertThat(limiter.tryAcquire("key", 15).isAdmitted()).isTrue());
    fault.begin(this);
    long local = admitted(limiters);
    // 40 of 100 were left when the last of the nodes heard of it.
    assertThat(local).isBetween(1L, 70L);
    assertThat(admitted(limiters)).isZero();
    fault.end(this);
    nodes.forEach(node -> await().until(node::isConnected));
    // A share is spent to less than one permit of each node.
    assertThat(admitted(limiters)).isLessThan(NODES);
  }

  @Test
  void mode_openOrClosed_admitsOrRefusesAll() {
    try (RedisRateLimiters open = node(Outage.OPEN, new SimpleMeterRegistry());
        RedisRateLimiters closed = node(Outage.CLOSED, new SimpleMeterRegistry())) {
      KeyedRateLimiter<String> generous = open.keyed("open", DAILY.burst(1));
      KeyedRateLimiter<String> strict = closed.keyed("closed", DAILY);
      await().until(() -> open.isConnected() && closed.isConnected());
      redis.kill();
      for (int i = 0; i < 10; i++) {
        assertThat(generous.tryAcquire("key").isAdmitted()).isTrue();
        assertThat(strict.tryAcquire("key"))
            .isInstanceOfSatisfying(
                Admission.Rejected.class,
                no -> assertThat(no.reason()).isEqualTo(Admission.Reason.UNAVAILABLE));
      }
      assertThat(generous.acquireAsync("key", 1, Duration.ZERO))
          .succeedsWithin(Duration.ofSeconds(5))
          .isEqualTo(Admission.Admitted.NOW);
    }
  }

  @Test
  void process_startedDuringAnOutage_sharesAsItIsToldAndJoinsLater() {
    redis.kill();
    try (RedisRateLimiters late =
        RedisRateLimiters.builder(client).timeout(TIMEOUT).assumedNodes(10).build()) {
      KeyedRateLimiter<String> limiter = late.keyed("late", DAILY);
      assertThat(late.isConnected()).isFalse();
      long admitted = admitted(List.of(limiter));
      assertThat(admitted).isEqualTo(10);
      redis.restart();
      await().until(late::isConnected);
      assertThat(limiter.tryAcquire("key").isAdmitted()).isFalse();
      assertThat(limiter.tryAcquire("other").isAdmitted()).isTrue();
    }
  }
}
