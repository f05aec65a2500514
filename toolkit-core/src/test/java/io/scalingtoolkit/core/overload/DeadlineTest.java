// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextSnapshotFactory;
import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try") // a deadline that is open needs no name
final class DeadlineTest {
  private final ManualClock clock = ManualClock.startingAt(Instant.EPOCH);

  private Deadline open(long millis) {
    return Deadline.open(Duration.ofMillis(millis), clock.monotonic());
  }

  @Test
  void open_insideAnother_neverEndsLater() {
    try (Deadline outer = open(100)) {
      try (Deadline inner = open(1_000)) {
        assertThat(inner.remaining()).isEqualTo(Duration.ofMillis(100));
      }
      try (Deadline inner = open(40)) {
        assertThat(Deadline.current()).isSameAs(inner);
        assertThat(inner.remaining()).isEqualTo(Duration.ofMillis(40));
      }
      assertThat(Deadline.current()).isSameAs(outer);
    }
    assertThat(Deadline.current()).isNull();
  }

  @Test
  void check_atItsTime_throws() {
    try (Deadline deadline = open(100)) {
      clock.advance(Duration.ofNanos(99_999_999));
      deadline.check("work");
      assertThat(deadline.isExpired()).isFalse();
      clock.advance(Duration.ofNanos(1));

      assertThat(deadline.isExpired()).isTrue();
      assertThat(deadline.remainingNanos()).isZero();
      assertThatThrownBy(() -> deadline.check("work"))
          .isInstanceOf(DeadlineExceededException.class)
          .hasMessageContaining("work");
    }
  }

  @Test
  void header_isWhatIsLeftInMillisRoundedDown() {
    try (Deadline deadline = open(100)) {
      clock.advance(Duration.ofNanos(1));
      assertThat(deadline.headerValue()).isEqualTo("99");
      try (Deadline next = Deadline.openFromHeader("99", Duration.ofSeconds(5))) {
        assertThat(next.remaining()).isEqualTo(Duration.ofMillis(99));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "-1", "1.5", "soon", "0x10", "99999999999999999999", "1e3", "12 ms"})
  void openFromHeader_notANumber_countsAsNone(String header) {
    try (Deadline ignored = open(10_000);
        Deadline deadline = Deadline.openFromHeader(header, Duration.ofSeconds(5))) {
      assertThat(deadline.remaining()).isEqualTo(Duration.ofSeconds(5));
    }
  }

  @Test
  void openFromHeader_longerThanTheLongest_isTheLongestAndZeroHasPassed() {
    try (Deadline ignored = open(1_000_000)) {
      try (Deadline deadline = Deadline.openFromHeader("999999", Duration.ofSeconds(5))) {
        assertThat(deadline.remaining()).isEqualTo(Duration.ofSeconds(5));
      }
      try (Deadline deadline = Deadline.openFromHeader("0", Duration.ofSeconds(5))) {
        assertThat(deadline.isExpired()).isTrue();
      }
    }
  }

  @Test
  void close_outerFirst_endsTheInnerToo() {
    Deadline outer = open(100);
    Deadline inner = open(50);
    outer.close();
    assertThat(Deadline.current()).isNull();
    inner.close();
    assertThat(Deadline.current()).isNull();
  }

  @Test
  void close_onAnotherThread_isRefused() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Deadline deadline = open(100)) {
      assertThatThrownBy(() -> executor.submit(deadline::close).get(5, TimeUnit.SECONDS))
          .hasCauseInstanceOf(IllegalStateException.class);
      assertThat(Deadline.current()).isSameAs(deadline);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void wrap_andContextPropagation_carryItToOtherThreads() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    ExecutorService carrying =
        ContextExecutorService.wrap(
            executor, () -> ContextSnapshotFactory.builder().build().captureAll());
    try (Deadline deadline = open(100)) {
      assertThat(executor.submit(Deadline.wrap(Deadline::current)).get(5, TimeUnit.SECONDS))
          .isSameAs(deadline);
      assertThat(executor.submit(Deadline::current).get(5, TimeUnit.SECONDS)).isNull();
      assertThat(carrying.submit(Deadline::current).get(5, TimeUnit.SECONDS)).isSameAs(deadline);
      assertThat(executor.submit(Deadline::current).get(5, TimeUnit.SECONDS)).isNull();
    } finally {
      executor.shutdownNow();
    }
  }
}
