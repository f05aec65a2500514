// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.scalingtoolkit.benchmarks.BenchmarkException;
import io.scalingtoolkit.benchmarks.limits.LimitNodes.Count;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters.Mode;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisNode;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What processes that share a limit do while their Redis is in trouble; immutable. They ask for
 * twice what there is, each at its pace, before, during and after.
 *
 * @param thrown calls that ended with an exception
 * @param addedP99Millis 99th percentile of the calls during the fault, less that before it, of the
 *     processes in which it is longest
 * @param slowestMillis slowest call from the fault's beginning to its end and after
 * @param admitted permits in all the time, as a part of burst and rate
 * @param admittedDuring permits during the fault, as a part of the rate
 * @param recoverySeconds from the end of the fault until all processes ask Redis again
 */
public record OutageRun(
    long thrown,
    double addedP99Millis,
    double slowestMillis,
    double admitted,
    double admittedDuring,
    double recoverySeconds) {
  private static final int NODES = 4;
  private static final long RATE = 2_000;
  private static final long BURST = 500;
  private static final long CALLS = 1_000;
  private static final long FLUSH_MILLIS = 50;
  private static final Duration ROUND_TRIP = Duration.ofMillis(500);
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  /** What happens to Redis. */
  public enum Fault {
    /** Stopped by a signal and continued. */
    FROZEN,
    /** Killed and started again with what it had stored. */
    KILLED,
    /** Answers half a second late. */
    SLOW,
    /** Connections stay open, nothing passes. */
    CUT,
    /** Forgets its scripts many times a second. */
    FLUSHED,
    /** The primary that has the key is killed, and the cluster makes its replica the primary. */
    FAILED_OVER,
    /** The slot of the key goes from one primary of a cluster to the next and on. */
    MIGRATING;

    boolean ofCluster() {
      return this == FAILED_OVER || this == MIGRATING;
    }

    /** Tells whether there is a time in which Redis gives no answers. */
    public boolean isOutage() {
      return this != FLUSHED && this != MIGRATING;
    }

    /** The word for reports. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** What the processes ask for, in a sentence. */
  public static String description() {
    return "%d processes, each %d calls/s for one key that all may take %d times a second, burst %d"
        .formatted(NODES, CALLS, RATE, BURST);
  }

  /**
   * Runs it.
   *
   * @param seconds length of each of the three stretches
   * @param timeout how long a call may wait for Redis
   */
  public static OutageRun measure(Fault fault, Mode mode, int seconds, Duration timeout, Path log)
      throws IOException, InterruptedException {
    if (fault.ofCluster()) {
      try (RedisCluster cluster = RedisCluster.builder().replicasPerMaster(1).start()) {
        return new Measuring(fault, mode, seconds, timeout, log)
            .run(
                String.join(",", cluster.uris()),
                stay -> strike(fault, cluster, Duration.ofSeconds(seconds)));
      }
    }
    try (RedisServer redis = RedisServer.start();
        FaultProxy proxy = FaultProxy.to("127.0.0.1", redis.port())) {
      String uri = "redis://" + proxy.host() + ":" + proxy.port();
      return new Measuring(fault, mode, seconds, timeout, log)
          .run(uri, stay -> strike(fault, redis, proxy, stay, Duration.ofSeconds(seconds)));
    }
  }

  private static void strike(
      Fault fault, RedisServer redis, FaultProxy proxy, Stay stay, Duration time)
      throws InterruptedException {
    switch (fault) {
      case FROZEN -> {
        redis.freeze();
        stay.run();
        redis.thaw();
      }
      case KILLED -> {
        redis.kill();
        stay.run();
        redis.restart();
      }
      case SLOW -> {
        proxy.latency(ROUND_TRIP.dividedBy(2));
        stay.run();
        proxy.heal();
      }
      case CUT -> {
        proxy.cut();
        stay.run();
        proxy.heal();
      }
      case FLUSHED -> {
        for (long passed = 0; passed < time.toMillis(); passed += FLUSH_MILLIS) {
          redis.command("SCRIPT", "FLUSH");
          TimeUnit.MILLISECONDS.sleep(FLUSH_MILLIS);
        }
      }
      case FAILED_OVER, MIGRATING -> throw new IllegalArgumentException("of a cluster: " + fault);
    }
  }

  private static void strike(Fault fault, RedisCluster cluster, Duration time)
      throws InterruptedException {
    String key = "limits:" + LimitNode.NAME + ":{" + LimitNode.KEY + "}";
    int slot = RedisCluster.slotOf(key);
    if (fault == Fault.FAILED_OVER) {
      RedisNode primary = cluster.masterOf(key);
      RedisNode replica = cluster.replicasOf(primary).get(0);
      primary.kill();
      while (!replica.isPrimary()) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      return;
    }
    long until = System.nanoTime() + time.toNanos();
    for (int move = 0; System.nanoTime() < until; move++) {
      List<RedisNode> primaries = cluster.masters();
      cluster.migrateSlot(slot, primaries.get(move % primaries.size()));
    }
  }

  /** Brings the fault, stays in it, and ends it. */
  private interface Strike {
    void run(Stay stay) throws InterruptedException;
  }

  /** The time in which a fault lasts. */
  private interface Stay {
    void run() throws InterruptedException;
  }

  private record Measuring(Fault fault, Mode mode, int seconds, Duration timeout, Path log) {
    OutageRun run(String uris, Strike strike) throws IOException, InterruptedException {
      List<String> arguments =
          List.of(
              uris,
              mode.name(),
              Long.toString(RATE),
              Long.toString(BURST),
              Long.toString(CALLS),
              Long.toString(timeout.toMillis()));
      try (LimitNodes nodes = LimitNodes.start(NODES, log, arguments)) {
        TimeUnit.SECONDS.sleep(seconds); // warms up, and uses what the first burst leaves
        nodes.count();
        long start = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        Count before = nodes.count();
        long begun = System.nanoTime();
        strike.run(
            () -> {
              TimeUnit.SECONDS.sleep(seconds);
              if (!nodes.noneUsable()) {
                throw new BenchmarkException("the run is void: a process did not notice the fault");
              }
            });
        long ended = System.nanoTime();
        nodes.awaitUsable();
        double recovery = (System.nanoTime() - ended) / NANOS_PER_SECOND;
        Count during = nodes.count();
        long counted = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        Count after = nodes.count();
        double whole = (System.nanoTime() - start) / NANOS_PER_SECOND;
        Count all = before.and(during).and(after);
        return new OutageRun(
            all.thrown(),
            (during.p99Nanos() - before.p99Nanos()) / NANOS_PER_MILLI,
            during.and(after).maxNanos() / NANOS_PER_MILLI,
            all.admitted() / (RATE * whole),
            during.admitted() / (RATE * (counted - begun) / NANOS_PER_SECOND),
            recovery);
      }
    }
  }
}
