// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.metrics.CoreMetric;
import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("try") // a deadline that is open needs no name
final class AdaptiveLimiterTest {
  private final ManualClock clock = ManualClock.startingAt(Instant.parse("2026-11-26T10:20:00Z"));

  private AdaptiveLimiter.Builder builder() {
    return AdaptiveLimiter.builder("test").clock(clock.monotonic()).wallClock(clock.wall());
  }

  private AdaptiveLimiter fixed(int limit) {
    return builder().minLimit(limit).maxLimit(limit).build();
  }

  private static Permit permit(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Permit.class);
    return (Permit) verdict;
  }

  private static Verdict.Rejected rejected(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Rejected.class);
    return (Verdict.Rejected) verdict;
  }

  @Test
  void tryAcquire_asMuchInFlightAsTheLimit_isRejectedUntilOneIsClosed() {
    AdaptiveLimiter limiter = fixed(2);
    Permit first = permit(limiter.tryAcquire());
    permit(limiter.tryAcquire());

    Verdict.Rejected no = rejected(limiter.tryAcquire());
    first.close(Outcome.SUCCESS);

    assertThat(no.reason()).isEqualTo(Verdict.Reason.LIMIT);
    assertThat(no.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    assertThat(limiter.tryAcquire().isAdmitted()).isTrue();
  }

  @Test
  void close_twice_countsOnce() {
    AdaptiveLimiter limiter = fixed(2);
    Permit first = permit(limiter.tryAcquire());
    permit(limiter.tryAcquire());

    assertThat(first.close(Outcome.SUCCESS)).isTrue();
    assertThat(first.close(Outcome.DROPPED)).isFalse();
    first.close();

    assertThat(limiter.inFlight()).isEqualTo(1);
  }

  @Test
  void tryAcquire_lowerLevels_findLessRoomAndCriticalMore() {
    AdaptiveLimiter limiter = builder().minLimit(8).initialLimit(8).maxLimit(100).build();
    List<Permit> held = new ArrayList<>();
    int[] room = new int[4];
    for (Priority priority :
        List.of(Priority.SHEDDABLE, Priority.LOW, Priority.DEFAULT, Priority.CRITICAL)) {
      while (limiter.tryAcquire(priority) instanceof Permit permit) {
        held.add(permit);
      }
      room[priority.ordinal()] = limiter.inFlight();
    }

    assertThat(room).containsExactly(32, 8, 6, 4);
    assertThat(limiter.snapshot().criticalLimit()).isEqualTo(32);
    held.forEach(permit -> permit.close(Outcome.SUCCESS));
    assertThat(limiter.inFlight()).isZero();
  }

  @Test
  void tryAcquire_afterTheDeadline_isRejectedBeforeWork() {
    AdaptiveLimiter limiter = fixed(2);
    try (Deadline ignored = Deadline.open(Duration.ofMillis(50), clock.monotonic())) {
      permit(limiter.tryAcquire());
      clock.advance(Duration.ofMillis(50));

      assertThat(rejected(limiter.tryAcquire()).reason()).isEqualTo(Verdict.Reason.EXPIRED);
    }
    assertThat(limiter.inFlight()).isEqualTo(1);
  }

  @Test
  void tryAcquire_waitedForTheDeadline_isRejectedUnlessCritical() {
    AdaptiveLimiter limiter = builder().deadline(Duration.ofMillis(200)).build();
    long deadline = Duration.ofMillis(200).toNanos();

    assertThat(rejected(limiter.tryAcquire(Priority.DEFAULT, null, deadline)).reason())
        .isEqualTo(Verdict.Reason.EXPIRED);
    permit(limiter.tryAcquire(Priority.DEFAULT, null, deadline - 1));
    permit(limiter.tryAcquire(Priority.CRITICAL, null, deadline));
    assertThatThrownBy(() -> limiter.tryAcquire(Priority.DEFAULT, null, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("waitedNanos must not be negative, was -1");
  }

  @Test
  void limit_whenRequestsHaveWaitedBefore_sinks() {
    AdaptiveLimiter limiter = builder().initialLimit(50).build();
    AdaptiveLimiter other = builder().initialLimit(50).build();
    for (int i = 0; i < 400; i++) {
      Permit[] held = new Permit[20];
      Permit[] others = new Permit[20];
      for (int j = 0; j < held.length; j++) {
        long waited = i < 100 ? 0 : Duration.ofMillis(150).toNanos();
        held[j] = limiter.tryAcquire(Priority.DEFAULT, null, waited) instanceof Permit p ? p : null;
        others[j] = other.tryAcquire() instanceof Permit p ? p : null;
      }
      clock.advance(Duration.ofMillis(10));
      for (int j = 0; j < held.length; j++) {
        close(held[j]);
        close(others[j]);
      }
    }

    assertThat(limiter.snapshot().limit()).isLessThan(other.snapshot().limit() / 2);
  }

  private static void close(@Nullable Permit permit) {
    if (permit != null) {
      permit.close(Outcome.SUCCESS);
    }
  }

  @Test
  void permit_olderThanItsBound_isTakenBackOnceAndCounted() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    AdaptiveLimiter limiter =
        builder()
            .minLimit(1)
            .maxLimit(1)
            .maxPermitAge(Duration.ofSeconds(10))
            .meterRegistry(registry)
            .build();
    Permit kept = permit(limiter.tryAcquire());
    clock.advance(Duration.ofSeconds(9));
    rejected(limiter.tryAcquire());
    clock.advance(Duration.ofSeconds(3));

    Permit next = permit(limiter.tryAcquire());

    assertThat(kept.close(Outcome.SUCCESS)).as("it has been taken back").isFalse();
    assertThat(limiter.inFlight()).isEqualTo(1);
    assertThat(limiter.snapshot().leaked()).isEqualTo(1);
    assertThat(
            registry
                .get(CoreMetric.OVERLOAD_LEAKS.id())
                .tag("found", "aged")
                .functionCounter()
                .count())
        .isEqualTo(1);
    next.close(Outcome.SUCCESS);
  }

  @Test
  void permit_thatIsGarbage_isTakenBack() {
    AdaptiveLimiter limiter = fixed(1);
    loseOne(limiter);
    rejected(limiter.tryAcquire());

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              System.gc();
              clock.advance(Duration.ofMillis(200));
              if (limiter.tryAcquire() instanceof Permit permit) {
                permit.close(Outcome.SUCCESS);
                return true;
              }
              return false;
            });

    assertThat(limiter.snapshot().leaked()).isEqualTo(1);
    assertThat(limiter.inFlight()).isZero();
  }

  private static void loseOne(AdaptiveLimiter limiter) {
    assertThat(limiter.tryAcquire().isAdmitted()).isTrue();
  }

  @Test
  void limit_whenWorkIsDropped_sinks() {
    AdaptiveLimiter limiter = builder().initialLimit(100).build();
    for (int i = 0; i < 400; i++) {
      Permit permit = permit(limiter.tryAcquire());
      clock.advance(Duration.ofMillis(5));
      permit.close(Outcome.DROPPED);
    }

    assertThat(limiter.snapshot().limit()).isLessThan(20);
  }

  @Test
  void snapshotAndMetrics_tellTheSame() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    AdaptiveLimiter limiter = builder().minLimit(1).maxLimit(1).meterRegistry(registry).build();
    permit(limiter.tryAcquire(Priority.CRITICAL, "ann"));
    rejected(limiter.tryAcquire(Priority.LOW, "ann"));

    AdaptiveLimiter.Snapshot snapshot = limiter.snapshot();

    assertThat(snapshot.limit()).isEqualTo(1);
    assertThat(snapshot.inFlight()).isEqualTo(1);
    assertThat(snapshot.admitted()).isEqualTo(1);
    assertThat(snapshot.rejected()).isEqualTo(1);
    assertThat(snapshot.shedThreshold()).isEqualTo(4);
    assertThat(registry.get("toolkit.overload.inflight").gauge().value()).isEqualTo(1);
    assertThat(registry.get("toolkit.overload.limit").gauge().value()).isEqualTo(1);
    assertThat(
            registry
                .get("toolkit.overload.requests")
                .tags("priority", "low", "outcome", "limit")
                .functionCounter()
                .count())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "minLimit, 0", "minLimit, 1000001", "maxLimit, 0", "maxLimit, -1", "initialLimit, 0",
    "deadline, 0", "deadline, -5", "deadline, 86400001", "retryAfter, 0", "maxPermitAge, 999"
  })
  void builder_settingOutOfRange_namesSettingRuleAndValue(String setting, long value) {
    AdaptiveLimiter.Builder builder = AdaptiveLimiter.builder("gate");

    assertThatThrownBy(
            () -> {
              switch (setting) {
                case "minLimit" -> builder.minLimit((int) value);
                case "maxLimit" -> builder.maxLimit((int) value);
                case "initialLimit" -> builder.initialLimit((int) value);
                case "deadline" -> builder.deadline(Duration.ofMillis(value));
                case "retryAfter" -> builder.retryAfter(Duration.ofMillis(value));
                default -> builder.maxPermitAge(Duration.ofMillis(value));
              }
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(setting)
        .hasMessageContaining("gate")
        .hasMessageContaining("must be")
        .hasMessageContaining("was ");
  }

  @Test
  void builder_minAboveMax_isRefused() {
    assertThatThrownBy(() -> AdaptiveLimiter.builder("gate").minLimit(9).maxLimit(8).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("minLimit")
        .hasMessageContaining("9");
    assertThatThrownBy(() -> AdaptiveLimiter.builder(" "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name");
  }
}
