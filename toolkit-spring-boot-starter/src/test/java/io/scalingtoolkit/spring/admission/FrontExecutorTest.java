// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** The queue in front of the gate; threads are played by hand. */
final class FrontExecutorTest {
  private final ManualClock clock = ManualClock.atEpoch();
  private final Queue<Runnable> threads = new ArrayDeque<>();
  private final Queue<Runnable> later = new ArrayDeque<>();
  private final FrontExecutor front =
      new FrontExecutor(threads::add, 2, clock.monotonic(), later::add);
  private final List<String> events = new ArrayList<>();

  private void runNext() {
    threads.remove().run();
  }

  @Test
  void execute_allPlacesTaken_waitsUntilOneHasPassedTheGateOrEnded() {
    front.execute(
        () -> {
          events.add("first at the gate");
          FrontExecutor.leaveFront();
          events.add("first past it, threads " + threads.size());
        });
    front.execute(() -> events.add("second"));
    front.execute(() -> events.add("third"));
    front.execute(() -> events.add("fourth"));
    assertThat(threads).as("started").hasSize(2);

    runNext();
    assertThat(events).containsExactly("first at the gate", "first past it, threads 2");
    runNext();
    assertThat(threads)
        .as("its end makes room once more, and the first has made it once")
        .hasSize(2);
    runNext();
    runNext();
    assertThat(events).endsWith("second", "third", "fourth");
    assertThat(threads).isEmpty();
  }

  @Test
  void work_throws_makesRoom() {
    for (int i = 0; i < 4; i++) {
      front.execute(
          () -> {
            throw new IllegalStateException("as it is asked to");
          });
    }
    for (int i = 0; i < 4; i++) {
      assertThatThrownBy(this::runNext).isInstanceOf(IllegalStateException.class);
    }
    assertThat(threads).isEmpty();
  }

  @Test
  void work_isInFrontForTooLong_makesRoomForThoseWhoWait() {
    front.execute(
        () -> {
          // What it does takes long, and meanwhile:
          clock.advance(Duration.ofNanos(FrontExecutor.LONGEST_IN_FRONT_NANOS - 1));
          later.remove().run();
          events.add("threads " + threads.size());
          front.execute(() -> events.add("fourth"));
          clock.advance(Duration.ofNanos(1));
          later.remove().run();
          events.add("threads " + threads.size());
        });
    front.execute(() -> events.add("second"));
    front.execute(() -> events.add("third"));
    runNext();
    assertThat(events).containsExactly("threads 1", "threads 3");
    while (!threads.isEmpty()) {
      runNext();
    }
    assertThat(events).endsWith("second", "third", "fourth");
    assertThat(later).as("nobody waits").isEmpty();

    front.execute(() -> events.add("a"));
    front.execute(() -> events.add("b"));
    front.execute(() -> events.add("c"));
    assertThat(threads).as("as many places as before").hasSize(2);
  }

  @Test
  void takeWaitedNanos_isTheTimeInTheQueue_once() {
    List<Long> waits = new ArrayList<>();
    front.execute(
        () -> {
          waits.add(FrontExecutor.takeWaitedNanos());
          waits.add(FrontExecutor.takeWaitedNanos());
        });
    clock.advance(Duration.ofMillis(30));
    runNext();

    assertThat(waits).containsExactly(Duration.ofMillis(30).toNanos(), 0L);
    assertThat(FrontExecutor.takeWaitedNanos()).as("outside of a task").isZero();
  }

  @Test
  void execute_threadsAreClosed_isRefusedAndTakesNoPlace() {
    boolean[] open = new boolean[1];
    FrontExecutor refused =
        new FrontExecutor(
            task -> {
              if (!open[0]) {
                throw new RejectedExecutionException("closed");
              }
              threads.add(task);
            },
            1,
            clock.monotonic(),
            later::add);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> refused.execute(() -> {}))
          .isInstanceOf(RejectedExecutionException.class);
    }
    open[0] = true;
    refused.execute(() -> events.add("ran"));
    runNext();

    assertThat(events).containsExactly("ran");
  }
}
