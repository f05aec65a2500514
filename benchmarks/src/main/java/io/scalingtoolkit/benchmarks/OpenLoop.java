// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A driver that starts every request at its intended time, whatever became of the earlier ones.
 * Confined.
 *
 * <p>The number of requests under way is bounded. A driver that meets the bound, or starts too many
 * requests too late, is saturated: what it measured is not the load that was asked for.
 */
final class OpenLoop {
  /** Bound on the requests under way. */
  static final int MOST_UNDER_WAY = 2_000;

  /** Largest 99th percentile of the lateness of starts with which a run counts. */
  static final long MOST_LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final long DRAIN_SECONDS = 60;

  private final Target target;

  OpenLoop(Target target) {
    this.target = target;
  }

  /**
   * Makes every request of the schedule and waits for the answers.
   *
   * @return seconds from the start to the last answer, or to the last intended start if later
   * @throws BenchmarkException when the driver was saturated or answers stayed out
   */
  double run(Schedule schedule, Measurements measurements) throws InterruptedException {
    Semaphore room = new Semaphore(MOST_UNDER_WAY);
    Phaser open = new Phaser(1);
    AtomicLong last = new AtomicLong();
    long start = System.nanoTime();
    for (Arrival arrival : schedule.arrivals()) {
      long late = awaitStart(start + arrival.offsetNanos());
      measurements.started(late);
      if (!room.tryAcquire()) {
        throw new BenchmarkException(
            "the run is void: more than " + MOST_UNDER_WAY + " requests were under way at once");
      }
      open.register();
      var unused =
          target
              .call(arrival)
              .whenComplete(
                  (right, problem) -> {
                    long offset = System.nanoTime() - start;
                    boolean fine = problem == null && Boolean.TRUE.equals(right);
                    measurements.ended(arrival, offset - arrival.offsetNanos(), fine);
                    last.accumulateAndGet(offset, Math::max);
                    room.release();
                    open.arriveAndDeregister();
                  });
    }
    last.accumulateAndGet(System.nanoTime() - start, Math::max);
    awaitAnswers(open);
    return last.get() / (double) TimeUnit.SECONDS.toNanos(1);
  }

  /** Tells whether starts came too late for the run to count. */
  static boolean saturated(Measurements measurements) {
    return measurements.lateness().getValueAtPercentile(99) > MOST_LATE_NANOS;
  }

  private static long awaitStart(long due) throws InterruptedException {
    long wait = due - System.nanoTime();
    while (wait > 0) {
      LockSupport.parkNanos(wait);
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while driving a load");
      }
      wait = due - System.nanoTime();
    }
    return -wait;
  }

  private static void awaitAnswers(Phaser open) throws InterruptedException {
    try {
      open.awaitAdvanceInterruptibly(open.arrive(), DRAIN_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new BenchmarkException(
          "the run is void: answers stayed out for " + DRAIN_SECONDS + " seconds", e);
    }
  }
}
