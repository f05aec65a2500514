// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Many threads at once: never more in flight than the limit, and no permit is lost. */
final class AdaptiveLimiterConcurrencyTest {
  private static final int THREADS = 4;
  private static final int LIMIT = 3;
  private static final int ROUNDS = 20_000;

  @Test
  void permits_takenAndClosedByMany_areNeverMoreThanTheLimitAndNeverLost() throws Exception {
    AtomicLong now = new AtomicLong();
    // The clock moves all the time, so that windows are closed meanwhile.
    AdaptiveLimiter limiter =
        AdaptiveLimiter.builder("stress")
            .clock(() -> now.addAndGet(1_000_000))
            .minLimit(LIMIT)
            .maxLimit(LIMIT)
            .build();
    AtomicInteger held = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicLong admitted = new AtomicLong();
    run(
        () -> {
          for (int i = 0; i < ROUNDS; i++) {
            Priority priority = Priority.values()[i % 4];
            if (limiter.tryAcquire(priority, "u" + i % 50) instanceof Permit permit) {
              most.accumulateAndGet(held.incrementAndGet(), Math::max);
              admitted.incrementAndGet();
              held.decrementAndGet();
              permit.close(Outcome.values()[i % 3]);
            }
          }
        });

    assertThat(most.get()).isBetween(2, LIMIT);
    assertThat(limiter.inFlight()).isZero();
    assertThat(limiter.snapshot().admitted()).isEqualTo(admitted.get());
    assertThat(limiter.snapshot().rejected()).isEqualTo((long) THREADS * ROUNDS - admitted.get());
    assertThat(limiter.snapshot().leaked()).isZero();
  }

  @Test
  void lastPermit_wantedByTwoAtTheSameMoment_isGivenToOne() throws Exception {
    AdaptiveLimiter limiter = AdaptiveLimiter.builder("stress").minLimit(1).maxLimit(1).build();
    int rounds = 3_000;
    AtomicInteger arrived = new AtomicInteger();
    AtomicInteger tried = new AtomicInteger();
    AtomicInteger admitted = new AtomicInteger();
    AtomicInteger twice = new AtomicInteger();
    run(
        2,
        () -> {
          for (int round = 1; round <= rounds; round++) {
            meet(arrived, 2 * round);
            Verdict verdict = limiter.tryAcquire();
            if (verdict.isAdmitted()) {
              admitted.incrementAndGet();
            }
            meet(tried, 2 * round);
            if (verdict instanceof Permit permit) {
              twice.accumulateAndGet(limiter.inFlight(), Math::max);
              permit.close(Outcome.SUCCESS);
            }
          }
        });

    assertThat(admitted.get()).isEqualTo(rounds);
    assertThat(twice.get()).isEqualTo(1);
    assertThat(limiter.inFlight()).isZero();
  }

  /** Spins until all are there, so that they go on within a few nanoseconds of each other. */
  private static void meet(AtomicInteger count, int all) {
    count.incrementAndGet();
    for (int spins = 0; count.get() < all; spins++) {
      if (spins > 1_000) {
        Thread.yield();
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void onePermit_closedByManyAtOnce_isGivenBackOnce() throws Exception {
    AdaptiveLimiter limiter = AdaptiveLimiter.builder("stress").minLimit(10).maxLimit(10).build();
    CyclicBarrier barrier = new CyclicBarrier(THREADS);
    AtomicReference<Permit> shared = new AtomicReference<>();
    AtomicInteger first = new AtomicInteger();
    int rounds = 2_000;
    run(
        () -> {
          for (int i = 0; i < rounds; i++) {
            if (barrier.await() == 0) {
              shared.set((Permit) limiter.tryAcquire());
            }
            barrier.await();
            if (shared.get().close(Outcome.SUCCESS)) {
              first.incrementAndGet();
            }
          }
        });

    assertThat(first.get()).isEqualTo(rounds);
    assertThat(limiter.inFlight()).isZero();
  }

  /** What a thread does. */
  private interface Work {
    void run() throws Exception;
  }

  private static void run(Work work) throws InterruptedException {
    run(THREADS, work);
  }

  private static void run(int count, Work work) throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } catch (Throwable e) {
                  failure.set(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failure.get()).isNull();
  }
}
