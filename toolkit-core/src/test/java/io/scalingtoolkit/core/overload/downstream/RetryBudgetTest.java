// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class RetryBudgetTest {
  private final ManualClock clock = ManualClock.startingAt(Instant.EPOCH);

  private RetryBudget budget(double ratio, double floor) {
    return RetryBudget.builder("test")
        .ratio(ratio)
        .floorPerSecond(floor)
        .clock(clock.monotonic())
        .build();
  }

  private static int withdrawAll(RetryBudget budget) {
    int taken = 0;
    while (budget.tryWithdraw()) {
      taken++;
    }
    return taken;
  }

  @Test
  void tryWithdraw_overTenSeconds_isTheShareOfOriginals() {
    RetryBudget budget = budget(0.1, 0);
    int taken = 0;
    for (int second = 0; second < 30; second++) {
      for (int i = 0; i < 1_000; i++) {
        budget.original();
        taken += budget.tryWithdraw() ? 1 : 0;
      }
      clock.advance(Duration.ofSeconds(1));
    }

    assertThat(taken).isBetween(2_700, 3_000);
  }

  @Test
  void tryWithdraw_atOnceAfterTenQuietSeconds_isTwiceTheShareOfASecond() {
    RetryBudget budget = budget(0.1, 0);
    for (int second = 0; second < 10; second++) {
      for (int i = 0; i < 1_000; i++) {
        budget.original();
      }
      clock.advance(Duration.ofSeconds(second == 9 ? 0 : 1));
    }

    assertThat(withdrawAll(budget)).isEqualTo(200);
    assertThat(budget.balance()).isZero();
  }

  @Test
  void tryWithdraw_fewOriginals_givesTheFloor() {
    RetryBudget budget = budget(0.1, 2);
    assertThat(withdrawAll(budget)).isEqualTo(2);
    clock.advance(Duration.ofSeconds(1));
    assertThat(withdrawAll(budget)).isEqualTo(2);
  }

  @Test
  void original_olderThanItsTime_countsNoMore() {
    RetryBudget budget = budget(0.5, 0);
    for (int i = 0; i < 100; i++) {
      budget.original();
    }
    clock.advance(Duration.ofSeconds(10));

    assertThat(budget.tryWithdraw()).isFalse();
  }

  @Test
  void tryWithdraw_byManyAtOnce_givesEachOnce() throws InterruptedException {
    RetryBudget budget = budget(0.5, 0);
    for (int i = 0; i < 1_000; i++) {
      budget.original();
    }
    AtomicInteger taken = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread = new Thread(() -> taken.addAndGet(withdrawAll(budget)));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(taken.get()).isEqualTo(500);
  }

  @Test
  void builder_outOfRange_namesSettingRuleAndValue() {
    RetryBudget.Builder builder = RetryBudget.builder("pay");
    assertThatThrownBy(() -> builder.ratio(1.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ratio")
        .hasMessageContaining("1.1");
    assertThatThrownBy(() -> builder.ratio(Double.NaN)).hasMessageContaining("ratio");
    assertThatThrownBy(() -> builder.floorPerSecond(-1)).hasMessageContaining("floorPerSecond");
    assertThatThrownBy(() -> builder.ttl(Duration.ofMillis(1_500))).hasMessageContaining("ttl");
    assertThatThrownBy(() -> builder.ttl(Duration.ZERO)).hasMessageContaining("ttl");
    assertThatThrownBy(() -> RetryBudget.builder("")).hasMessageContaining("name");
  }
}
