// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters.Mode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * A process that asks for permits of a limit in Redis at a steady pace. It is told what to do on
 * its standard input, ends with it, and prints what {@link LimitNodes} reads.
 */
final class LimitNode {
  static final String NAME = "outage";
  static final String KEY = "hot";
  static final String USABLE = "usable ";
  static final String COUNTED = "counted ";

  private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final RedisRateLimiters limiters;
  private final KeyedRateLimiter<String> limiter;
  private final long paceNanos;
  private final Recorder latencies = new Recorder(3);
  private volatile boolean stopped;
  // Guarded by this.
  private long admitted;
  private long thrown;

  private LimitNode(RedisRateLimiters limiters, RateLimit limit, Mode mode, long perSecond) {
    this.limiters = limiters;
    this.limiter = limiters.keyed(NAME, limit, mode);
    this.paceNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  /**
   * Asks until its input ends.
   *
   * @param arguments addresses with commas between, more than one for a cluster; mode; permits a
   *     second; burst; calls a second; timeout in milliseconds
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    String[] uris = arguments[0].split(",");
    Mode mode = Mode.valueOf(arguments[1]);
    RateLimit limit =
        RateLimit.of(Long.parseLong(arguments[2]))
            .per(Duration.ofSeconds(1))
            .burst(Long.parseLong(arguments[3]));
    Duration timeout = Duration.ofMillis(Long.parseLong(arguments[5]));
    try (RedisRateLimiters limiters = open(uris).timeout(timeout).build()) {
      new LimitNode(limiters, limit, mode, Long.parseLong(arguments[4])).run();
    }
    // The clients' threads are of no use any more.
    System.exit(0);
  }

  private static RedisRateLimiters.Builder open(String[] uris) {
    return uris.length == 1
        ? RedisRateLimiters.builder(RedisClient.create(uris[0]))
        : RedisRateLimiters.builder(
            RedisClusterClient.create(Arrays.stream(uris).map(RedisURI::create).toList()));
  }

  private void run() throws IOException, InterruptedException {
    Thread watching = new Thread(this::watch, "watch");
    Thread asking = new Thread(this::ask, "ask");
    watching.start();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (asking.getState() == Thread.State.NEW) {
        asking.start();
      } else {
        count();
      }
    }
    stopped = true;
    watching.join();
    asking.join();
  }

  /** Tells of each change. */
  private void watch() {
    boolean told = false;
    String last = "";
    while (!stopped) {
      String now = limiters.isConnected() + " " + limiters.nodes();
      if (!told || !now.equals(last)) {
        say(USABLE + now);
        told = true;
        last = now;
      }
      LockSupport.parkNanos(WATCH_NANOS);
    }
  }

  private void ask() {
    long due = System.nanoTime();
    while (!stopped) {
      due += paceNanos;
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      long start = System.nanoTime();
      boolean yes = false;
      boolean problem = false;
      try {
        yes = limiter.tryAcquire(KEY).isAdmitted();
      } catch (RuntimeException e) {
        e.printStackTrace();
        problem = true;
      }
      latencies.recordValue(System.nanoTime() - start);
      synchronized (this) {
        admitted += yes ? 1 : 0;
        thrown += problem ? 1 : 0;
      }
    }
  }

  /** Tells what was since the last time. */
  private void count() {
    Histogram interval;
    long yes;
    long problems;
    synchronized (this) {
      interval = latencies.getIntervalHistogram();
      yes = admitted;
      problems = thrown;
      admitted = 0;
      thrown = 0;
    }
    say(
        COUNTED
            + "%d %d %d %d %d %d"
                .formatted(
                    yes,
                    interval.getTotalCount(),
                    problems,
                    interval.getValueAtPercentile(50),
                    interval.getValueAtPercentile(99),
                    interval.getMaxValue()));
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
