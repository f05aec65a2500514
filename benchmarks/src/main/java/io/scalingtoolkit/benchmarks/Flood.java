// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.HttpDriver.Answer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.jspecify.annotations.Nullable;

/**
 * More requests than a server can answer, each started at its time. Some are critical: they renew
 * the session of a user, one at a time for each. Confined.
 *
 * <p>A request counts as useful when it is answered rightly within {@value #PATIENCE_MILLIS} ms of
 * its time; a user has gone by then. Unlike {@link OpenLoop} it does not give up a run in which
 * many requests are under way, which is what an overload is.
 */
final class Flood {
  static final int PATIENCE_MILLIS = 1_000;

  private static final long DRAIN_SECONDS = 30;
  private static final int[] SHED = {429, 503};

  private final SampleApi api;
  private final Queue<SampleApi.Renewal> renewals = new ConcurrentLinkedQueue<>();
  private final Queue<Long> waitingSince = new ConcurrentLinkedQueue<>();

  Flood(SampleApi api) {
    this.api = api;
    renewals.addAll(api.renewals());
  }

  /** What became of the requests; thread-safe while it is recorded. */
  static final class Outcome {
    private final int windowSeconds;
    final LongAdder useful = new LongAdder();
    final LongAdder late = new LongAdder();
    final LongAdder shed = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder critical = new LongAdder();
    final LongAdder criticalAnswered = new LongAdder();
    final ConcurrentHistogram admitted = Measurements.histogram();
    final ConcurrentHistogram refused = Measurements.histogram();
    final ConcurrentHistogram lateness = Measurements.histogram();
    final AtomicInteger[] usefulBySecond;

    Outcome(int seconds) {
      windowSeconds = seconds;
      usefulBySecond = new AtomicInteger[seconds];
      for (int i = 0; i < seconds; i++) {
        usefulBySecond[i] = new AtomicInteger();
      }
    }

    /** Useful answers a second. */
    double goodput() {
      return (double) useful.sum() / windowSeconds;
    }

    double criticalPercent() {
      return critical.sum() == 0 ? 0 : 100.0 * criticalAnswered.sum() / critical.sum();
    }

    private void ended(long offset, long latency, @Nullable Answer answer, int expected) {
      boolean right = answer != null && answer.status() == expected;
      if (right) {
        admitted.recordValue(latency);
        if (latency <= TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS)) {
          useful.increment();
          int second = (int) (offset / TimeUnit.SECONDS.toNanos(1));
          usefulBySecond[Math.min(second, usefulBySecond.length - 1)].incrementAndGet();
        } else {
          late.increment();
        }
      } else if (answer != null && isShed(answer.status())) {
        shed.increment();
        refused.recordValue(latency);
      } else {
        failed.increment();
      }
    }
  }

  private static boolean isShed(int status) {
    return status == SHED[0] || status == SHED[1];
  }

  /**
   * Keeps so many requests under way for some time.
   *
   * @return right answers a second
   */
  double closedLoop(int underWay, int seconds, Schedule order) throws InterruptedException {
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    LongAdder right = new LongAdder();
    AtomicInteger next = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(underWay);
    for (int i = 0; i < underWay; i++) {
      again(order, next, end, right, done);
    }
    if (!done.await(seconds + DRAIN_SECONDS, TimeUnit.SECONDS)) {
      throw new BenchmarkException("the run is void: answers stayed out");
    }
    return right.sum() / ((System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1));
  }

  private void again(
      Schedule order, AtomicInteger next, long end, LongAdder right, CountDownLatch done) {
    if (System.nanoTime() - end >= 0) {
      done.countDown();
      return;
    }
    Arrival arrival = order.arrivals().get(next.getAndIncrement() % order.arrivals().size());
    var unused =
        api.call(arrival)
            .whenCompleteAsync(
                (answer, problem) -> {
                  if (problem == null && answer) {
                    right.increment();
                  }
                  again(order, next, end, right, done);
                });
  }

  /**
   * Starts every request of a schedule at its time.
   *
   * @param criticalEvery one in so many is critical
   */
  Outcome openLoop(Schedule schedule, int seconds, int criticalEvery) throws InterruptedException {
    Outcome outcome = new Outcome(seconds);
    Phaser open = new Phaser(1);
    long start = System.nanoTime();
    int count = 0;
    for (Arrival arrival : schedule.arrivals()) {
      long due = start + arrival.offsetNanos();
      awaitStart(due);
      outcome.lateness.recordValue(Math.max(0, System.nanoTime() - due));
      open.register();
      if (++count % criticalEvery == 0) {
        outcome.critical.increment();
        waitingSince.add(due);
        renew(outcome, start, open);
      } else {
        int expected = SampleApi.expected(arrival.kind());
        var unused =
            api.send(arrival)
                .whenComplete(
                    (answer, problem) -> {
                      long latency = System.nanoTime() - due;
                      outcome.ended(due - start, latency, answer, expected);
                      open.arriveAndDeregister();
                    });
      }
    }
    try {
      open.awaitAdvanceInterruptibly(open.arrive(), DRAIN_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new BenchmarkException("the run is void: answers stayed out", e);
    }
    return outcome;
  }

  /** Renews the next session that is free, for the one that waits longest. */
  private void renew(Outcome outcome, long start, Phaser open) {
    SampleApi.Renewal renewal = null;
    Long due = null;
    while (due == null && !waitingSince.isEmpty()) {
      renewal = renewals.poll();
      if (renewal == null) {
        return;
      }
      due = waitingSince.poll();
      if (due == null) {
        renewals.add(renewal);
      }
    }
    if (due == null || renewal == null) {
      return;
    }
    send(renewal, due, outcome, start, open);
  }

  private void send(SampleApi.Renewal renewal, long due, Outcome outcome, long start, Phaser open) {
    var unused =
        renewal
            .send()
            .whenComplete(
                (answer, problem) -> {
                  outcome.ended(due - start, System.nanoTime() - due, answer, 200);
                  if (answer != null && answer.status() == 200) {
                    outcome.criticalAnswered.increment();
                  }
                  renewals.add(renewal);
                  open.arriveAndDeregister();
                  renew(outcome, start, open);
                });
  }

  private static void awaitStart(long due) throws InterruptedException {
    long wait = due - System.nanoTime();
    while (wait > 0) {
      LockSupport.parkNanos(wait);
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while driving a load");
      }
      wait = due - System.nanoTime();
    }
  }
}
