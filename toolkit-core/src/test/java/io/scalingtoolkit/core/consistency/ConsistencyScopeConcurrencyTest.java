// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;

/** A primary as a counter, writers that commit to it, and samplers that resolve what they wrote. */
final class ConsistencyScopeConcurrencyTest {
  private static final String DB = "orders";
  private static final int WRITES = 20_000;

  private final AtomicLong primary = new AtomicLong();
  private final AtomicLong ticks = new AtomicLong();
  // Coarse on purpose: several readings fall into one tick, so a sample and a commit often carry
  // the same time in either order.
  private final MonotonicClock clock = () -> ticks.incrementAndGet() / 4;

  private Position sample() {
    return new LsnPosition(1, 1, primary.get());
  }

  @RepeatedTest(5)
  void wrote_whileOthersWriteResolveAndExport_isNeverLost() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(6);
    try (ConsistencyScope scope = ConsistencyScope.open(Bookmark.empty(), clock)) {
      scope.register(DB, this::sample);
      CountDownLatch start = new CountDownLatch(1);
      AtomicBoolean stop = new AtomicBoolean();
      List<Future<Long>> writers = new ArrayList<>();
      List<Future<Long>> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        writers.add(executor.submit(after(start, () -> write(scope))));
      }
      others.add(executor.submit(after(start, () -> resolveUntil(stop, scope))));
      others.add(executor.submit(after(start, () -> resolveUntil(stop, scope))));
      others.add(executor.submit(after(start, () -> exportUntil(stop, scope))));
      start.countDown();

      long lost = 0;
      for (Future<Long> writer : writers) {
        lost += writer.get(60, TimeUnit.SECONDS);
      }
      stop.set(true);
      long resolutions = 0;
      for (Future<Long> other : others) {
        resolutions += other.get(60, TimeUnit.SECONDS);
      }

      assertThat(lost).as("writes that a replica without them was allowed to hide").isZero();
      assertThat(resolutions).as("a run in which nothing resolves shows nothing").isPositive();
      assertThat(scope.exportBookmark()).isEqualTo(Bookmark.of(DB, sample()));
    } finally {
      executor.shutdownNow();
    }
  }

  private static <T> Callable<T> after(CountDownLatch start, Callable<T> task) {
    return () -> {
      start.await();
      return task.call();
    };
  }

  /** Returns how many writes were not required of a replica, at once or any time later. */
  private long write(ConsistencyScope scope) {
    long lost = 0;
    for (int i = 0; i < WRITES; i++) {
      long lsn = primary.incrementAndGet();
      scope.wrote(DB, clock.nanoTime());
      Position written = new LsnPosition(1, 1, lsn);
      for (int look = 0; look < 3; look++) {
        Position required = scope.position(DB);
        if (required == null || !required.covers(written)) {
          lost++;
        }
      }
    }
    return lost;
  }

  private long resolveUntil(AtomicBoolean stop, ConsistencyScope scope) {
    long resolutions = 0;
    while (!stop.get()) {
      long sent = clock.nanoTime();
      Position sample = sample();
      resolutions += scope.resolve(DB, sample, sent) ? 1 : 0;
    }
    return resolutions;
  }

  private long exportUntil(AtomicBoolean stop, ConsistencyScope scope) {
    long exports = 0;
    while (!stop.get()) {
      long lsn = primary.incrementAndGet();
      scope.wrote(DB, clock.nanoTime());
      Position exported = scope.exportBookmark().position(DB);
      if (exported == null || !exported.covers(new LsnPosition(1, 1, lsn))) {
        throw new AssertionError("exported " + exported + " after writing " + lsn);
      }
      exports++;
    }
    return exports;
  }
}
