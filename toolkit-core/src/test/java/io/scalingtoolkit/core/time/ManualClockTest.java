// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ManualClockTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  private final ManualClock clock = ManualClock.startingAt(START);
  private final MonotonicClock monotonic = clock.monotonic();

  @Test
  void advance_positive_movesBothViews() {
    long before = monotonic.nanoTime();

    clock.advance(Duration.ofMillis(1500));

    assertThat(monotonic.nanoTime() - before).isEqualTo(1_500_000_000L);
    assertThat(clock.wall().now()).isEqualTo(START.plusMillis(1500));
  }

  @Test
  void advance_pastTheFirstSecond_wrapsAround() {
    long before = monotonic.nanoTime();

    clock.advance(Duration.ofSeconds(2));

    assertThat(monotonic.nanoTime()).isNegative();
    assertThat(monotonic.nanoTime() - before).isEqualTo(2_000_000_000L);
  }

  @Test
  void advance_zero_movesNothing() {
    long before = monotonic.nanoTime();

    clock.advance(Duration.ZERO);

    assertThat(monotonic.nanoTime()).isEqualTo(before);
    assertThat(clock.wall().now()).isEqualTo(START);
  }

  @Test
  void advance_negativeOrTooLong_isRefusedAndMovesNothing() {
    long before = monotonic.nanoTime();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> clock.advance(Duration.ofNanos(-1)))
        .withMessage("duration must not be negative, was PT-0.000000001S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clock.advance(Duration.ofDays(300 * 366)))
        .withMessageStartingWith("duration must be less than 292 years, was PT");
    assertThat(monotonic.nanoTime()).isEqualTo(before);
    assertThat(clock.wall().now()).isEqualTo(START);
  }

  @Test
  void setWall_backAndForth_leavesTheMonotonicViewAlone() {
    long before = monotonic.nanoTime();

    clock.setWall(START.minusSeconds(3600));
    assertThat(clock.wall().now()).isEqualTo(START.minusSeconds(3600));
    clock.setWall(START.plusSeconds(3600));

    assertThat(clock.wall().now()).isEqualTo(START.plusSeconds(3600));
    assertThat(monotonic.nanoTime()).isEqualTo(before);
  }

  @Test
  void nanoTime_underConcurrentAdvancesAndWallJumps_neverGoesBackAndLosesNothing()
      throws Exception {
    int threads = 4;
    int steps = 20_000;
    long before = monotonic.nanoTime();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<Boolean>> results = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        results.add(executor.submit(() -> neverGoesBack(start, steps)));
      }
      start.countDown();

      for (Future<Boolean> result : results) {
        assertThat(result.get(30, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(monotonic.nanoTime() - before).isEqualTo((long) threads * steps);
  }

  private boolean neverGoesBack(CountDownLatch start, int steps) throws InterruptedException {
    start.await();
    boolean forwards = true;
    long last = monotonic.nanoTime();
    for (int i = 0; i < steps; i++) {
      clock.advance(Duration.ofNanos(1));
      clock.setWall(START.plusSeconds(i % 7));
      long now = monotonic.nanoTime();
      forwards &= now - last > 0;
      last = now;
    }
    return forwards;
  }

  @Test
  void system_readings_areThoseOfTheRuntime() {
    long before = System.nanoTime();
    long reading = MonotonicClock.system().nanoTime();
    long after = System.nanoTime();

    assertThat(reading - before).isNotNegative();
    assertThat(after - reading).isNotNegative();
    assertThat(WallClock.system().now()).isAfter(Instant.parse("2020-01-01T00:00:00Z"));
  }
}
