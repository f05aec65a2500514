// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.sample.platform.web.Problem;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HashingGateTest {

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void stop() throws InterruptedException {
    release.countDown();
    threads.shutdown();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void run_placesTakenAndNoQueue_refusesAtOnce() throws Exception {
    HashingGate gate = new HashingGate(1, 0, Duration.ofSeconds(10));
    occupy(gate);

    assertThatExceptionOfType(Problem.class)
        .isThrownBy(() -> gate.run(() -> 1))
        .satisfies(
            problem -> {
              assertThat(problem.type().status()).isEqualTo(503);
              assertThat(problem.retryAfter()).isPositive();
            });
  }

  @Test
  void run_queueFull_refusesTheNextOnly() throws Exception {
    HashingGate gate = new HashingGate(1, 2, Duration.ofSeconds(10));
    Future<Integer> inside = occupy(gate);
    Future<Integer> first = threads.submit(() -> gate.run(() -> 1));
    Future<Integer> second = threads.submit(() -> gate.run(() -> 2));
    await().until(() -> gate.waiting() == 2);

    assertThatExceptionOfType(Problem.class).isThrownBy(() -> gate.run(() -> 3));

    release.countDown();
    assertThat(inside.get(10, TimeUnit.SECONDS)).isZero();
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(2);
    assertThat(gate.waiting()).isZero();
  }

  @Test
  void run_waitOver_refuses() throws Exception {
    HashingGate gate = new HashingGate(1, 5, Duration.ofMillis(1));
    occupy(gate);

    assertThatExceptionOfType(Problem.class).isThrownBy(() -> gate.run(() -> 1));
    assertThat(gate.waiting()).isZero();
  }

  @Test
  void run_interruptedWhileWaiting_refusesAndKeepsTheFlag() throws Exception {
    HashingGate gate = new HashingGate(1, 5, Duration.ofSeconds(10));
    occupy(gate);
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(Problem.class).isThrownBy(() -> gate.run(() -> 1));
    assertThat(Thread.interrupted()).isTrue();
  }

  private Future<Integer> occupy(HashingGate gate) throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    Future<Integer> work =
        threads.submit(
            () ->
                gate.run(
                    () -> {
                      inside.countDown();
                      awaitRelease();
                      return 0;
                    }));
    assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
    return work;
  }

  private void awaitRelease() {
    try {
      assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }
}
