// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.HdrHistogram.Histogram;

/**
 * What a limiter on a Redis decides while threads ask it without a pause; immutable.
 *
 * @param perSecond decisions
 * @param p99 of one decision in microseconds
 * @param budgetUsed permits granted, as a part of burst and rate of all keys that were asked
 * @param commands calls of scripts in Redis, for each decision
 */
public record StoreRun(double perSecond, double p99, double budgetUsed, double commands) {
  private static final int THREADS = 8;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long SEED = 7;

  /** What the limiters are asked for. */
  public record Load(int keys, long rate, long burst, double warmUpSeconds, double seconds) {}

  /** Runs a peer on a Redis of its own. */
  public static StoreRun measure(StorePeer peer, Load load) throws InterruptedException {
    try (RedisServer server = RedisServer.start();
        StorePeer.Keys keys = peer.open(server.uri(), load.rate(), load.burst())) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < load.keys(); i++) {
        names.add("key-" + i);
      }
      ask(keys, names, load.warmUpSeconds(), new Histogram(3));
      RedisClient client = RedisClient.create(server.uri());
      try (StatefulRedisConnection<String, String> connection = client.connect()) {
        long scriptsBefore = scripts(connection);
        Histogram latencies = new Histogram(3);
        long from = System.nanoTime();
        long granted = ask(keys, names, load.seconds(), latencies);
        double seconds = (System.nanoTime() - from) / NANOS_PER_SECOND;
        long decisions = latencies.getTotalCount();
        return new StoreRun(
            decisions / seconds,
            latencies.getValueAtPercentile(99) / 1_000.0,
            granted / (load.rate() * seconds * load.keys()),
            (double) (scripts(connection) - scriptsBefore) / decisions);
      } finally {
        client.shutdown();
      }
    }
  }

  /** Calls of scripts so far; what a script does inside is no command of a client. */
  private static long scripts(StatefulRedisConnection<String, String> connection) {
    return connection
        .sync()
        .info("commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_eval"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1").strip()))
        .sum();
  }

  private static long ask(
      StorePeer.Keys keys, List<String> names, double seconds, Histogram latencies)
      throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    long nanos = (long) (seconds * NANOS_PER_SECOND);
    List<Asking> running = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Asking asking = new Asking(keys, names, nanos, start, SEED + i);
      asking.start();
      running.add(asking);
    }
    start.countDown();
    long granted = 0;
    for (Asking asking : running) {
      asking.join();
      granted += asking.granted();
      latencies.add(asking.latencies);
    }
    return granted;
  }

  /** Asks for random keys; confined to itself until it has ended. */
  private static final class Asking extends Thread {
    private final StorePeer.Keys keys;
    private final List<String> names;
    private final long nanos;
    // One for all threads would be what is measured.
    private final Histogram latencies = new Histogram(3);
    private final CountDownLatch start;
    private final SplittableRandom random;
    private long granted;
    private volatile boolean failed = true;

    Asking(StorePeer.Keys keys, List<String> names, long nanos, CountDownLatch start, long seed) {
      this.keys = keys;
      this.names = names;
      this.nanos = nanos;
      this.start = start;
      this.random = new SplittableRandom(seed);
    }

    @Override
    public void run() {
      try {
        start.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      long yes = 0;
      long from = System.nanoTime();
      long before = from;
      while (before - from < nanos) {
        if (keys.tryAcquire(names.get(random.nextInt(names.size())))) {
          yes++;
        }
        long after = System.nanoTime();
        latencies.recordValue(after - before);
        before = after;
      }
      granted = yes;
      failed = false;
    }

    long granted() {
      if (failed) {
        throw new IllegalStateException("a thread ended early");
      }
      return granted;
    }
  }
}
