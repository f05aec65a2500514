// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PatienceTest {
  private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Patience patience = new Patience(timer, NANOS);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void limit_answeredInTime_isTheAnswer() throws Exception {
    CompletableFuture<String> question = new CompletableFuture<>();
    CompletableFuture<String> limited = patience.limit(question, () -> {});

    question.complete("yes");

    assertThat(limited.get()).isEqualTo("yes");
    assertThat(patience.limit(question, () -> {}).get()).isEqualTo("yes");
  }

  @Test
  void limit_unanswered_failsWhenItsTimeIsOver() {
    long before = System.nanoTime();
    CompletableFuture<String> question = new CompletableFuture<>();

    CompletableFuture<String> limited = patience.limit(question, () -> {});

    assertThatThrownBy(limited::get).hasCauseInstanceOf(TimeoutException.class);
    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(NANOS);
    assertThat(question).as("others may wait longer for it").isNotDone();
  }

  @Test
  void giveUpLate_byWhoHasWaited_tellsAtOnce() {
    timer.execute(
        () -> {
          try {
            new CountDownLatch(1).await(); // the timer has no time
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    AtomicInteger told = new AtomicInteger();
    CompletableFuture<String> limited =
        patience.limit(new CompletableFuture<>(), told::incrementAndGet);
    patience.giveUpLate();
    assertThat(told).as("it is not late").hasValue(0);

    assertThatThrownBy(() -> limited.get(NANOS, TimeUnit.NANOSECONDS))
        .isInstanceOf(TimeoutException.class);
    patience.giveUpLate();
    patience.giveUpLate();

    assertThat(told).hasValue(1);
    assertThatThrownBy(limited::get).hasCauseInstanceOf(TimeoutException.class);
  }

  @Test
  void limit_againAndAgain_eachFailsInItsTurn() {
    for (int round = 0; round < 5; round++) {
      List<CompletableFuture<String>> limited = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        boolean answered = i % 3 == 0;
        CompletableFuture<String> question = new CompletableFuture<>();
        CompletableFuture<String> each = patience.limit(question, () -> {});
        if (answered) {
          question.complete("yes");
        } else {
          limited.add(each);
        }
      }

      assertThat(limited)
          .allSatisfy(
              each -> assertThatThrownBy(each::get).hasCauseInstanceOf(TimeoutException.class));
    }
  }

  @Test
  void limit_whatFollowsBlocks_othersAreGivenUpAllTheSame() {
    CompletableFuture<Void> never = new CompletableFuture<>();
    CompletableFuture<String> first = patience.limit(new CompletableFuture<>(), () -> {});
    var unused = first.whenComplete((answer, problem) -> never.join());
    CompletableFuture<String> second = patience.limit(new CompletableFuture<>(), () -> {});

    assertThatThrownBy(second::get).hasCauseInstanceOf(TimeoutException.class);
    never.complete(null);
  }

  @Test
  void close_questionsOpen_fail_andThoseThatComeLater() {
    CompletableFuture<String> before = patience.limit(new CompletableFuture<>(), () -> {});
    timer.shutdownNow();

    patience.close();

    assertThatThrownBy(before::get).isInstanceOf(CancellationException.class);
    CompletableFuture<String> after = patience.limit(new CompletableFuture<>(), () -> {});
    assertThatThrownBy(after::get).isInstanceOf(CancellationException.class);
  }

  @Test
  void limit_timerShutDown_failsInsteadOfWaiting() {
    timer.shutdownNow();

    CompletableFuture<String> limited = patience.limit(new CompletableFuture<>(), () -> {});

    assertThatThrownBy(limited::get).isInstanceOf(CancellationException.class);
  }
}
