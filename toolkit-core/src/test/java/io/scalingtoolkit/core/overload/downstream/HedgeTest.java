// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.overload.Deadline;
import io.scalingtoolkit.core.time.ManualClock;
import java.lang.reflect.Field;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // a deadline that is open needs no name
final class HedgeTest {
  private final ManualClock clock = ManualClock.startingAt(Instant.EPOCH);
  private final List<Runnable> timers = new ArrayList<>();
  private final RetryBudget budget =
      RetryBudget.builder("test").ratio(0.5).clock(clock.monotonic()).build();
  private final Hedge hedge =
      Hedge.builder(budget)
          .clock(clock.monotonic())
          .timer((delayNanos, task) -> timers.add(task))
          .build();
  private final List<CompletableFuture<String>> attempts = new ArrayList<>();

  /** Makes enough calls of 10 ms for a delay to be known. */
  private HedgeTest warmedUp() {
    for (int i = 0; i < 200; i++) {
      CompletableFuture<String> one = new CompletableFuture<>();
      CompletableFuture<String> answer = hedge.call(number -> one);
      clock.advance(Duration.ofMillis(10));
      one.complete("warm");
      assertThat(answer).isCompletedWithValue("warm");
    }
    timers.clear();
    return this;
  }

  private CompletableFuture<String> call() {
    return hedge.call(
        number -> {
          CompletableFuture<String> attempt = new CompletableFuture<>();
          assertThat(number).isEqualTo(attempts.size());
          attempts.add(attempt);
          return attempt;
        });
  }

  private void delayPasses() {
    timers.remove(timers.size() - 1).run();
  }

  @Test
  void call_beforeLatenciesAreKnown_isNotHedged() {
    CompletableFuture<String> answer = call();
    assertThat(timers).isEmpty();
    assertThat(hedge.delay()).isNull();
    attempts.get(0).complete("first");
    assertThat(answer).isCompletedWithValue("first");
  }

  @Test
  void call_slowerThanTheQuantile_isHedgedAndTheOtherCancelled() {
    warmedUp();
    assertThat(hedge.delay().toMillis()).isBetween(10L, 11L);
    CompletableFuture<String> answer = call();
    delayPasses();
    assertThat(attempts).hasSize(2);

    attempts.get(1).complete("hedge");

    assertThat(answer).isCompletedWithValue("hedge");
    assertThat(attempts.get(0)).isCancelled();
  }

  @Test
  void call_hedgeFails_waitsForTheFirst() {
    warmedUp();
    CompletableFuture<String> answer = call();
    delayPasses();

    attempts.get(1).completeExceptionally(new IllegalStateException("hedge"));
    assertThat(answer).isNotDone();
    attempts.get(0).complete("first");

    assertThat(answer).isCompletedWithValue("first");
  }

  @Test
  void call_bothFail_isTheFailureOfTheFirst() {
    warmedUp();
    CompletableFuture<String> answer = call();
    delayPasses();

    attempts.get(1).completeExceptionally(new IllegalStateException("hedge"));
    attempts.get(0).completeExceptionally(new IllegalStateException("first"));

    assertThatThrownBy(answer::join)
        .isInstanceOf(CompletionException.class)
        .hasRootCauseMessage("first");
  }

  @Test
  void call_firstFailsBeforeTheDelay_isNotHedged() {
    warmedUp();
    CompletableFuture<String> answer = call();
    attempts.get(0).completeExceptionally(new IllegalStateException("first"));
    delayPasses();

    assertThat(attempts).hasSize(1);
    assertThat(answer).isCompletedExceptionally();
  }

  @Test
  void call_budgetIsSpent_isNotHedged() {
    warmedUp();
    call();
    while (budget.tryWithdraw()) {
      assertThat(budget.balance()).isNotNegative();
    }
    delayPasses();

    assertThat(attempts).hasSize(1);
  }

  @Test
  void call_deadlineHasPassed_isNotHedged() {
    warmedUp();
    try (Deadline ignored = Deadline.open(Duration.ofMillis(5), clock.monotonic())) {
      call();
    }
    clock.advance(Duration.ofMillis(10));
    delayPasses();

    assertThat(attempts).hasSize(1);
  }

  @Test
  void call_hedgeDiesOfAnError_isTheFailureOfTheFirst() {
    warmedUp();
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> answer =
        hedge.call(
            number -> {
              if (number == 1) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              return first;
            });
    try {
      delayPasses();
    } catch (OutOfMemoryError onTheTimersThread) {
      assertThat(onTheTimersThread).hasMessageContaining("native thread");
    }

    first.completeExceptionally(new IllegalStateException("first"));

    assertThat(answer).isCompletedExceptionally();
  }

  @Test
  void call_insideADeadline_hedgeHasItToo() {
    warmedUp();
    List<Deadline> seen = new ArrayList<>();
    try (Deadline deadline = Deadline.open(Duration.ofSeconds(1), clock.monotonic())) {
      hedge.call(
          number -> {
            seen.add(Deadline.current());
            return new CompletableFuture<String>();
          });
      assertThat(seen).containsExactly(deadline);
    }

    delayPasses(); // on a thread without a deadline

    assertThat(seen).hasSize(2).doesNotContainNull();
    assertThat(Deadline.current()).isNull();
  }

  @Test
  void quantile_afterMoreCallsThanAnIntCounts_stillFollows() throws ReflectiveOperationException {
    LatencyQuantile quantile = new LatencyQuantile(0.5);
    Field recorded = LatencyQuantile.class.getDeclaredField("recorded");
    recorded.setAccessible(true);
    ((AtomicInteger) recorded.get(quantile)).set(Integer.MAX_VALUE);
    for (int i = 0; i < 1_000; i++) {
      quantile.record(1_000_000);
    }
    assertThat(quantile.nanos()).isBetween(1_000_000L, 1_100_000L);
  }

  @Test
  void cancel_cancelsBoth() {
    warmedUp();
    CompletableFuture<String> answer = call();
    delayPasses();
    answer.cancel(true);

    assertThat(attempts).allMatch(CompletableFuture::isCancelled);
  }

  @Test
  void builder_outOfRange_isRefused() {
    assertThatThrownBy(() -> Hedge.builder(budget).quantile(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("quantile")
        .hasMessageContaining("1.0");
    assertThatThrownBy(() -> Hedge.builder(budget).minDelay(Duration.ZERO))
        .hasMessageContaining("minDelay");
  }

  @Test
  void quantile_ofKnownLatencies_isWithinASixteenth() {
    LatencyQuantile quantile = new LatencyQuantile(0.97);
    for (int i = 0; i < 6_400; i++) {
      quantile.record((i * 37L % 100 + 1) * 1_000_000);
    }
    assertThat(quantile.nanos()).isBetween(96_000_000L, 104_000_000L);
    for (long nanos : new long[] {0, 1, 15, 16, 17, 255, 1_000_003, Long.MAX_VALUE}) {
      int bucket = LatencyQuantile.bucket(nanos);
      assertThat(LatencyQuantile.upperEdge(bucket)).isGreaterThanOrEqualTo(nanos);
      if (bucket > 0) {
        assertThat(LatencyQuantile.upperEdge(bucket - 1)).isLessThanOrEqualTo(nanos);
      }
    }
  }
}
