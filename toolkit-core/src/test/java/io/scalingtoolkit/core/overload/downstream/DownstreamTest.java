// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.retry.RetryConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.overload.Deadline;
import io.scalingtoolkit.core.overload.DeadlineExceededException;
import io.scalingtoolkit.core.overload.OverloadedException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // a deadline that is open needs no name
final class DownstreamTest {
  private static final RetryConfig THREE =
      RetryConfig.custom().maxAttempts(3).waitDuration(Duration.ofMillis(1)).build();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicInteger calls = new AtomicInteger();

  private Downstream.Builder builder() {
    return Downstream.builder("shop").retry(THREE).meterRegistry(registry);
  }

  private Callable<String> failing(int times, Exception failure) {
    return () -> {
      if (calls.incrementAndGet() <= times) {
        throw failure;
      }
      return "answer";
    };
  }

  private double retries(String outcome) {
    var found = registry.find("toolkit.downstream.retries").tags("outcome", outcome).counter();
    return found == null ? 0 : found.count();
  }

  @Test
  void callIdempotent_failsOnce_isRetried() throws Exception {
    assertThat(builder().build().callIdempotent(failing(1, new IOException("down"))))
        .isEqualTo("answer");
    assertThat(calls).hasValue(2);
    assertThat(retries("sent")).isEqualTo(1);
  }

  @Test
  void call_fails_isNotRetried() {
    Downstream shop = builder().build();
    assertThatThrownBy(() -> shop.call(failing(1, new IOException("down"))))
        .isInstanceOf(IOException.class);
    assertThat(calls).hasValue(1);
  }

  @Test
  void callIdempotent_budgetIsSpent_failsWithoutRetryAndWithoutWaiting() {
    RetryBudget budget = RetryBudget.builder("shop").ratio(0.1).floorPerSecond(0).build();
    Downstream shop =
        builder()
            .retry(RetryConfig.custom().maxAttempts(3).waitDuration(Duration.ofHours(1)).build())
            .timeout(Duration.ofDays(1))
            .budget(budget)
            .build();

    assertThatThrownBy(() -> shop.callIdempotent(failing(9, new IOException("checked"))))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () -> shop.callIdempotent(failing(9, new IllegalStateException("unchecked"))))
        .isInstanceOf(IllegalStateException.class);

    assertThat(calls).hasValue(2);
    assertThat(retries("budget")).isEqualTo(2);
  }

  @Test
  void callIdempotent_manyOriginalsFailing_retriesAreTheirShare() {
    RetryBudget budget = RetryBudget.builder("shop").ratio(0.1).floorPerSecond(0).build();
    Downstream shop =
        builder()
            .budget(budget)
            .circuitBreaker(
                CircuitBreakerConfig.custom()
                    .slidingWindowSize(10_000)
                    .minimumNumberOfCalls(10_000)
                    .build())
            .build();
    for (int i = 0; i < 500; i++) {
      assertThatThrownBy(() -> shop.callIdempotent(failing(9_999, new IOException("down"))))
          .isInstanceOf(IOException.class);
    }
    assertThat(calls.get()).isBetween(501, 550);
  }

  @Test
  void callIdempotent_overloadReply_isRetriedOnlyWhenTheServerSaysWhen() throws Exception {
    Downstream shop = builder().build();
    assertThatThrownBy(() -> shop.callIdempotent(failing(1, new OverloadedException("full", null))))
        .isInstanceOf(OverloadedException.class);
    assertThat(calls).hasValue(1);
    assertThat(retries("overload")).isEqualTo(1);

    calls.set(0);
    assertThat(
            shop.callIdempotent(failing(1, new OverloadedException("full", Duration.ofMillis(2)))))
        .isEqualTo("answer");
  }

  @Test
  void callIdempotent_overloadReplyOfAnotherKind_isToldByTheBuilder() {
    Downstream shop = builder().overload(IOException.class, failure -> null).build();
    assertThatThrownBy(() -> shop.callIdempotent(failing(1, new IOException("503"))))
        .isInstanceOf(IOException.class);
    assertThat(calls).hasValue(1);
  }

  @Test
  void callIdempotent_noTimeLeftForARetry_fails() {
    Downstream shop =
        builder()
            .retry(RetryConfig.custom().maxAttempts(3).waitDuration(Duration.ofSeconds(30)).build())
            .build();
    assertThatThrownBy(() -> shop.callIdempotent(failing(1, new IOException("down"))))
        .isInstanceOf(IOException.class);
    assertThat(calls).hasValue(1);
    assertThat(retries("deadline")).isEqualTo(1);
  }

  @Test
  void call_afterTheDeadline_isNotBegun() {
    Downstream shop = builder().build();
    try (Deadline ignored = Deadline.open(Duration.ZERO)) {
      assertThatThrownBy(() -> shop.call(failing(0, new IOException("down"))))
          .isInstanceOf(DeadlineExceededException.class)
          .hasMessageContaining("shop");
    }
    assertThat(calls).hasValue(0);
  }

  @Test
  void call_insideADeadline_keepsTheEarlierOne() throws Exception {
    Downstream shop = builder().timeout(Duration.ofSeconds(5)).build();
    assertThat(shop.call(() -> Deadline.current().remaining()))
        .isBetween(Duration.ofNanos(1), Duration.ofSeconds(5));
    try (Deadline ignored = Deadline.open(Duration.ofSeconds(2))) {
      assertThat(shop.call(() -> Deadline.current().remaining()))
          .isBetween(Duration.ofNanos(1), Duration.ofSeconds(2));
    }
  }

  @Test
  void call_moreAtOnceThanTheBulkhead_isRefusedAndDoesNotCountForTheBreaker() throws Exception {
    Downstream shop =
        builder().bulkhead(BulkheadConfig.custom().maxConcurrentCalls(1).build()).build();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    try {
      Future<Boolean> first =
          executor.submit(
              () ->
                  shop.call(
                      () -> {
                        inside.countDown();
                        return leave.await(10, TimeUnit.SECONDS);
                      }));
      inside.await();
      assertThatThrownBy(() -> shop.call(() -> "second"))
          .isInstanceOf(BulkheadFullException.class)
          .hasMessageContaining("shop");
      leave.countDown();
      assertThat(first.get(10, TimeUnit.SECONDS)).isTrue();
    } finally {
      leave.countDown();
      executor.shutdownNow();
    }
    assertThat(shop.circuitBreaker().getMetrics().getNumberOfFailedCalls()).isZero();
  }

  @Test
  void callIdempotent_overloadReplyOfAKindInsideAnother_isToldByTheNarrowest() {
    Downstream shop =
        builder()
            .overload(Exception.class, failure -> Duration.ofMillis(1))
            .overload(RuntimeException.class, failure -> Duration.ofMillis(1))
            .overload(Busy.class, failure -> null)
            .overload(IllegalStateException.class, failure -> Duration.ofMillis(1))
            .build();
    assertThatThrownBy(() -> shop.callIdempotent(failing(1, new Busy()))).isInstanceOf(Busy.class);
    assertThat(calls).hasValue(1);
  }

  private static final class Busy extends IllegalStateException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void call_deadlinePassesWhileItWaitsForTheBulkhead_isNotBegunAndIsNoFailure() throws Exception {
    Downstream shop =
        builder()
            .bulkhead(
                BulkheadConfig.custom()
                    .maxConcurrentCalls(1)
                    .maxWaitDuration(Duration.ofSeconds(30))
                    .build())
            .build();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      assertThat(shop.bulkhead().tryAcquirePermission()).isTrue();
      CountDownLatch open = new CountDownLatch(1);
      Future<?> second =
          executor.submit(
              () -> {
                try (Deadline deadline = Deadline.open(Duration.ofMillis(50))) {
                  shop.bulkhead().getEventPublisher().onCallPermitted(event -> awaitEnd(deadline));
                  open.countDown();
                  return shop.call(failing(0, new IOException("down")));
                }
              });
      open.await();
      shop.bulkhead().onComplete();
      assertThatThrownBy(() -> second.get(10, TimeUnit.SECONDS))
          .hasCauseInstanceOf(DeadlineExceededException.class);
    } finally {
      executor.shutdownNow();
    }
    assertThat(calls).hasValue(0);
    assertThat(shop.circuitBreaker().getMetrics().getNumberOfBufferedCalls()).isZero();
  }

  private static void awaitEnd(Deadline deadline) {
    await().until(deadline::isExpired);
  }

  @Test
  void call_breakerIsOpen_isNotBegun() {
    Downstream shop =
        builder()
            .circuitBreaker(
                CircuitBreakerConfig.custom().minimumNumberOfCalls(5).slidingWindowSize(5).build())
            .build();
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> shop.call(failing(99, new IOException("down"))))
          .isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> shop.call(failing(99, new IOException("down"))))
        .isInstanceOf(CallNotPermittedException.class)
        .hasMessageContaining("shop");
    assertThat(calls).hasValue(5);
  }

  @Test
  void callIdempotent_withAHedge_interruptsTheSlowerAttempt() throws Exception {
    RetryBudget budget = RetryBudget.builder("shop").ratio(1).build();
    Hedge hedge =
        Hedge.builder(budget)
            .timer((delayNanos, task) -> new Thread(task).start())
            .meterRegistry(registry)
            .build();
    ExecutorService executor = Executors.newCachedThreadPool();
    CountDownLatch interrupted = new CountDownLatch(1);
    try {
      Downstream shop = builder().budget(budget).hedge(hedge, executor).build();
      for (int i = 0; i < 200; i++) {
        shop.callIdempotent(() -> "warm");
      }
      AtomicInteger number = new AtomicInteger();
      CountDownLatch never = new CountDownLatch(1);
      String answer =
          shop.callIdempotent(
              () -> {
                if (number.incrementAndGet() == 1) {
                  try {
                    never.await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                  }
                }
                assertThat(Deadline.current()).isNotNull();
                return "hedge";
              });

      assertThat(answer).isEqualTo("hedge");
      assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(registry.get("toolkit.downstream.hedges").tags("outcome", "won").counter().count())
          .isGreaterThanOrEqualTo(1);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void builder_badInput_isRefused() {
    assertThatThrownBy(() -> Downstream.builder(" ")).hasMessageContaining("name");
    assertThatThrownBy(() -> builder().timeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("timeout");
    Hedge other = Hedge.builder(RetryBudget.builder("other").build()).build();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    executor.shutdown();
    assertThatThrownBy(() -> builder().hedge(other, executor).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("budget");
  }
}
