// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.scalingtoolkit.benchmarks.OwnProcess;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A limiter with a million keys that owe, and a flood of others; a process of its own, so that the
 * heap holds nothing else. Immutable.
 *
 * @param bytesPerKey what a key takes above its String
 * @param p50 of one decision on a known key in nanoseconds, with the reading of the clock
 * @param p99 the same
 * @param freed keys that owed and were admitted after the flood
 * @param bytesPerKeyAfter what a key takes when ten times as many others have asked
 */
public record KeySpace(
    double bytesPerKey, long p50, long p99, long freed, double bytesPerKeyAfter) {
  private static final int KEYS = 1_000_000;
  private static final int FLOOD = 10 * KEYS;
  private static final int DECISIONS = 2_000_000;
  private static final int BURST = 1_000;
  private static final int WATCHED = 100;
  private static final int WARM_UPS = 2_000_000;
  private static final long SEED = 42;
  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  /** Runs it in a process. */
  public static KeySpace measure(Path log) {
    double[] values = OwnProcess.figures(KeySpace.class, log);
    return new KeySpace(values[0], (long) values[1], (long) values[2], (long) values[3], values[4]);
  }

  /** Prints the five figures in one line. */
  public static void main(String[] arguments) {
    OwnProcess.endAfter(TIMEOUT);
    KeySpace result = run();
    System.out.printf(
        "%s %d %d %d %s%n",
        result.bytesPerKey, result.p50, result.p99, result.freed, result.bytesPerKeyAfter);
  }

  private static KeySpace run() {
    List<String> keys = IntStream.range(0, KEYS).mapToObj(i -> "user-" + i).toList();
    double before = OwnProcess.usedBytes();
    // One permit is owed for more than an hour, so that nobody is clear while this runs.
    KeyedRateLimiter<String> limiter =
        RateLimiters.keyed(RateLimit.of(BURST).per(Duration.ofDays(50)), KEYS);
    try {
      return run(limiter, keys, before);
    } finally {
      Reference.reachabilityFence(limiter);
    }
  }

  private static KeySpace run(KeyedRateLimiter<String> limiter, List<String> keys, double before) {
    keys.forEach(limiter::tryAcquire);
    double bytesPerKey = (OwnProcess.usedBytes() - before) / KEYS;
    long[] percentiles = decide(limiter, keys);
    for (int i = 0; i < KEYS; i += WATCHED) {
      exhaust(limiter, keys.get(i));
    }
    for (int i = 0; i < FLOOD; i++) {
      limiter.tryAcquire("flood-" + i);
    }
    long freed = 0;
    for (int i = 0; i < KEYS; i += WATCHED) {
      freed += limiter.tryAcquire(keys.get(i)).isAdmitted() ? 1 : 0;
    }
    double bytesPerKeyAfter = (OwnProcess.usedBytes() - before) / KEYS;
    return new KeySpace(bytesPerKey, percentiles[0], percentiles[1], freed, bytesPerKeyAfter);
  }

  private static void exhaust(KeyedRateLimiter<String> limiter, String key) {
    int permits = BURST;
    while (permits > 0) {
      if (!limiter.tryAcquire(key, permits).isAdmitted()) {
        permits /= 2;
      }
    }
  }

  /** Returns the median and the 99th percentile. */
  private static long[] decide(KeyedRateLimiter<String> limiter, List<String> keys) {
    SplittableRandom random = new SplittableRandom(SEED);
    long[] nanos = new long[DECISIONS];
    for (int i = -WARM_UPS; i < DECISIONS; i++) {
      String key = keys.get(random.nextInt(KEYS));
      long start = System.nanoTime();
      limiter.tryAcquire(key);
      nanos[Math.max(0, i)] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    return new long[] {nanos[DECISIONS / 2], nanos[(int) (DECISIONS * 0.99)]};
  }
}
