// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.cache;

import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * What a cache in Redis does, asked by one thread; immutable.
 *
 * @param hitP50 of a hit, in microseconds
 * @param hitP99 of a hit, in microseconds
 * @param hitCommands commands in Redis for each hit
 * @param hitTrip of a hit over a slow network, in microseconds
 * @param missTrip the same of a miss, which loads at once
 * @param invalidateTrip the same of an invalidation
 * @param entryBytes what an entry takes in Redis beyond its value
 */
public record SharedRun(
    double hitP50,
    double hitP99,
    double hitCommands,
    double hitTrip,
    double missTrip,
    double invalidateTrip,
    double entryBytes) {
  private static final int KEYS = 10_000;
  private static final int VALUE_BYTES = 1_024;
  private static final int TRIPS = 40;
  private static final Duration ONE_WAY = Duration.ofMillis(5);
  private static final long SEED = 7;

  /** Runs a peer on a Redis of its own, its hits for some seconds after as long to warm up. */
  public static SharedRun measure(SharedPeer peer, double seconds) {
    try (RedisServer server = RedisServer.start()) {
      long empty = usedMemory(server);
      try (SharedCache cache = peer.open("127.0.0.1", server.port())) {
        byte[] value = new byte[VALUE_BYTES];
        for (long key = 0; key < KEYS; key++) {
          cache.get(key, same -> value);
        }
        double entryBytes = (double) (usedMemory(server) - empty) / KEYS - VALUE_BYTES;
        hits(cache, seconds, new Histogram(3));
        Histogram hits = new Histogram(3);
        long before = commands(server);
        hits(cache, seconds, hits);
        double hitCommands = (double) (commands(server) - before) / hits.getTotalCount();
        double[] trips = trips(peer, server);
        return new SharedRun(
            micros(hits, 50),
            micros(hits, 99),
            hitCommands,
            trips[0],
            trips[1],
            trips[2],
            entryBytes);
      }
    }
  }

  private static void hits(SharedCache cache, double seconds, Histogram into) {
    SplittableRandom random = new SplittableRandom(SEED);
    long from = System.nanoTime();
    long before = from;
    long nanos = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    while (before - from < nanos) {
      byte[] value = cache.get((long) random.nextInt(KEYS), SharedRun::unexpected);
      long after = System.nanoTime();
      if (value.length != VALUE_BYTES) {
        throw new IllegalStateException("a value of " + value.length + " bytes");
      }
      into.recordValue(after - before);
      before = after;
    }
  }

  private static byte[] unexpected(Long key) {
    throw new IllegalStateException("key " + key + " is not there");
  }

  /** Hit, miss and invalidation over a network so slow that only round trips count. */
  private static double[] trips(SharedPeer peer, RedisServer server) {
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", server.port());
        SharedCache cache = peer.open(proxy.host(), proxy.port())) {
      byte[] value = new byte[VALUE_BYTES];
      cache.get((long) KEYS, same -> value); // what is made or learned with the first
      cache.invalidate((long) KEYS);
      cache.get((long) KEYS, same -> value);
      proxy.latency(ONE_WAY);
      return new double[] {
        trip(key -> cache.get(key, SharedRun::unexpected)),
        trip(key -> cache.get(KEYS + 1 + key, same -> value)),
        trip(key -> cache.invalidate(KEYS + 1 + key))
      };
    }
  }

  private static double trip(LongConsumer operation) {
    Histogram times = new Histogram(3);
    for (long key = 0; key < TRIPS; key++) {
      long before = System.nanoTime();
      operation.accept(key);
      times.recordValue(System.nanoTime() - before);
    }
    return micros(times, 50);
  }

  private static double micros(Histogram times, double percentile) {
    return times.getValueAtPercentile(percentile) / 1_000.0;
  }

  private static long usedMemory(RedisServer server) {
    return figures(server, "memory", "used_memory:(\\d+)");
  }

  /** Commands so far, but for those that ask for signs of life and for these figures. */
  private static long commands(RedisServer server) {
    return figures(server, "commandstats", "cmdstat_(?!info|ping|time|client)[^:]*:calls=(\\d+).*");
  }

  private static long figures(RedisServer server, String section, String line) {
    Pattern pattern = Pattern.compile(line);
    return server
        .command("INFO", section)
        .text()
        .lines()
        .map(text -> pattern.matcher(text.strip()))
        .filter(Matcher::matches)
        .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
        .sum();
  }
}
