// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RateLimiterTest {
  private static final RateLimit TEN_A_SECOND = RateLimit.of(10).per(Duration.ofSeconds(1));

  private final ManualClock clock = ManualClock.atEpoch();

  private RateLimiter limiter(RateLimit limit) {
    return RateLimiters.local(limit, clock.monotonic());
  }

  private static long taken(RateLimiter limiter) {
    long count = 0;
    while (limiter.tryAcquire().isAdmitted()) {
      count++;
    }
    return count;
  }

  @Test
  void tryAcquire_atOnce_givesTheBurstAndNoMore() {
    RateLimiter limiter = limiter(TEN_A_SECOND.burst(25));

    assertThat(taken(limiter)).isEqualTo(25);
    clock.advance(Duration.ofMillis(99));
    assertThat(taken(limiter)).isZero();
    clock.advance(Duration.ofMillis(1));
    assertThat(taken(limiter)).isEqualTo(1);
    clock.advance(Duration.ofDays(1));
    assertThat(taken(limiter)).isEqualTo(25);
  }

  @Test
  void tryAcquire_rejected_tellsWhenAndWhy() {
    RateLimiter limiter = limiter(TEN_A_SECOND);
    assertThat(limiter.tryAcquire(10).isAdmitted()).isTrue();

    assertThat(limiter.tryAcquire(3))
        .isEqualTo(new Admission.Rejected(Admission.Reason.LIMIT, Duration.ofMillis(300)));
    assertThat(limiter.tryAcquire(11))
        .isEqualTo(new Admission.Rejected(Admission.Reason.ABOVE_BURST, Admission.Rejected.NEVER));
  }

  @Test
  void tryAcquire_withSeveralBandwidths_takesFromAllOrNone() {
    RateLimiter limiter = limiter(TEN_A_SECOND.and(RateLimit.of(15).per(Duration.ofMinutes(1))));

    assertThat(taken(limiter)).isEqualTo(10);
    clock.advance(Duration.ofSeconds(1));
    assertThat(taken(limiter)).isEqualTo(5);
    assertThat(limiter.quotas()).extracting(Quota::remaining).containsExactly(5L, 0L);
  }

  @Test
  void setLimit_afterTheClockWentBack_keepsDebtsOfTheBurstAtMost() {
    long[] now = {0};
    RateLimiter limiter = RateLimiters.local(TEN_A_SECOND, () -> now[0]);
    assertThat(taken(limiter)).isEqualTo(10);
    assertThat(limiter.reserve(2, Duration.ofSeconds(1))).isInstanceOf(Reservation.Held.class);
    now[0] -= Duration.ofDays(1).toNanos();

    limiter.setLimit(RateLimit.of(1).per(Duration.ofHours(1)).burst(12));

    // Twelve are owed, not those that come back in a day.
    assertThat(limiter.tryAcquire())
        .isEqualTo(new Admission.Rejected(Admission.Reason.LIMIT, Duration.ofHours(1)));
  }

  @Test
  void setLimit_clockGoesBackAfterwards_locksNoLongerThanByTheStep() {
    long[] now = {0};
    KeyedRateLimiter<String> limiter = RateLimiters.keyed(TEN_A_SECOND, 10, () -> now[0]);
    assertThat(limiter.tryAcquire("a", 10).isAdmitted()).isTrue();
    limiter.setLimit(RateLimit.of(5).per(Duration.ofSeconds(1)).burst(10));
    now[0] -= Duration.ofSeconds(30).toNanos();

    assertThat(limiter.tryAcquire("a"))
        .isEqualTo(new Admission.Rejected(Admission.Reason.LIMIT, Duration.ofMillis(30_200)));
  }

  @Test
  void reserve_severalTimes_givesEachATimeOfItsOwn() {
    RateLimiter limiter = limiter(TEN_A_SECOND.burst(1));

    for (int i = 0; i < 5; i++) {
      assertThat(held(limiter).delay()).isEqualTo(Duration.ofMillis(100L * i));
    }
    assertThat(limiter.reserve(1, Duration.ofMillis(499)))
        .isEqualTo(
            new Reservation.Refused(
                new Admission.Rejected(Admission.Reason.LIMIT, Duration.ofMillis(500))));
  }

  @Test
  void cancel_theLastTurn_givesItBack_anEarlierOneMovesNobody() {
    RateLimiter limiter = limiter(TEN_A_SECOND.burst(1));
    Reservation.Held first = held(limiter);
    Reservation.Held second = held(limiter);
    Reservation.Held third = held(limiter);

    assertThat(first.cancel()).as("its time has come").isFalse();
    assertThat(second.cancel()).isTrue();
    assertThat(second.cancel()).isFalse();
    assertThat(held(limiter).delay()).as("third has that turn").isEqualTo(Duration.ofMillis(300));
    assertThat(third.delay()).isEqualTo(Duration.ofMillis(200));
  }

  @Test
  void cancel_turnThatNobodyReckonedWith_isTakenByTheNext() {
    RateLimiter limiter = limiter(TEN_A_SECOND.burst(1));
    held(limiter);
    Reservation.Held second = held(limiter);

    assertThat(second.cancel()).isTrue();

    assertThat(held(limiter).delay()).isEqualTo(Duration.ofMillis(100));
  }

  private static Reservation.Held held(RateLimiter limiter) {
    return (Reservation.Held) limiter.reserve(1, Duration.ofDays(1));
  }

  @Test
  void acquire_onTheSystemsClock_waitsForItsTurn() throws InterruptedException {
    RateLimiter limiter = RateLimiters.local(RateLimit.of(50).per(Duration.ofSeconds(1)).burst(1));
    long begin = MonotonicClock.system().nanoTime();
    for (int i = 0; i < 4; i++) {
      assertThat(limiter.acquire(1, Duration.ofSeconds(10)).isAdmitted()).isTrue();
    }

    assertThat(MonotonicClock.system().nanoTime() - begin).isGreaterThanOrEqualTo(60_000_000L);
    assertThat(limiter.acquire(1, Duration.ZERO).isAdmitted()).isFalse();
  }

  @Test
  void acquire_interrupted_givesItsTurnBack() {
    RateLimiter limiter = limiter(TEN_A_SECOND.burst(1));
    limiter.tryAcquire();
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> limiter.acquire(1, Duration.ofDays(1)))
        .isInstanceOf(InterruptedException.class);

    assertThat(held(limiter).delay()).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void acquireAsync_completesInTime_andCancelledGivesItsTurnBack() {
    RateLimiter limiter = limiter(TEN_A_SECOND.burst(1));

    assertThat(limiter.acquireAsync(1, Duration.ZERO).toCompletableFuture())
        .isCompletedWithValue(Admission.Admitted.NOW);
    CompletableFuture<Admission> waits =
        limiter.acquireAsync(1, Duration.ofHours(1)).toCompletableFuture();
    assertThat(waits.cancel(false)).isTrue();
    assertThat(held(limiter).delay()).isEqualTo(Duration.ofMillis(100));
  }

  @ParameterizedTest
  @CsvSource({
    "0, PT1S, 1, permits must be 1 to 100000000000",
    "-1, PT1S, 1, permits must be 1 to 100000000000",
    "100000000001, PT1S, 1, permits must be 1 to 100000000000",
    "1, PT0S, 1, period must be 1 ns to 3650 days",
    "1, PT-1S, 1, period must be 1 ns to 3650 days",
    "1, P3651D, 1, period must be 1 ns to 3650 days",
    "1000000001, PT1S, 1, at most 1e9 a second",
    "1, PT1S, 0, burst must be 1 to 100000000000",
    "1, P1D, 3651, burst must come back within 3650 days"
  })
  void limit_outOfRange_isRefusedWithItsRule(
      long permits, Duration period, long burst, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RateLimit.of(permits).per(period).burst(burst))
        .withMessageContaining(message);
  }

  @Test
  void call_withBadArguments_isRefused() {
    RateLimiter limiter = limiter(TEN_A_SECOND);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.tryAcquire(0))
        .withMessage("permits must be 1 or more, were 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.reserve(1, Duration.ofNanos(-1)))
        .withMessageContaining("maxWait must be 0 or more");
    assertThat(taken(limiter)).isEqualTo(10);
  }

  @Test
  void cancel_ofTurnsThatOverlapByAnEarlierCancel_givesNothingBackTwice() {
    RateLimit one = TEN_A_SECOND;
    for (RateLimit limit : new RateLimit[] {one, one.and(one)}) {
      RateLimiter limiter = limiter(limit);
      assertThat(taken(limiter)).isEqualTo(10);
      var first = (Reservation.Held) limiter.reserve(10, Duration.ofHours(1));
      var second = (Reservation.Held) limiter.reserve(2, Duration.ofHours(1));
      assertThat(first.cancel()).isTrue();
      assertThat(limiter.reserve(2, Duration.ofHours(1))).isInstanceOf(Reservation.Held.class);
      assertThat(second.cancel()).isTrue();

      // The burst is spent and a turn is promised.
      assertThat(taken(limiter)).isZero();
      clock.advance(Duration.ofMillis(200));
      assertThat(taken(limiter)).isZero();
    }
  }

  @Test
  void turn_givenUp_isNoAdmissionForWhoeverWaitsForIt() {
    RateLimiter limiter = limiter(TEN_A_SECOND);
    assertThat(taken(limiter)).isEqualTo(10);
    var turn = (Reservation.Held) limiter.reserve(1, Duration.ofHours(1));
    CompletableFuture<Admission> before = turn.toFuture();
    assertThat(turn.cancel()).isTrue();
    clock.advance(Duration.ofSeconds(1));

    assertThat(before).isCancelled();
    assertThat(turn.toFuture()).isCancelled();
    assertThatThrownBy(turn::await).isInstanceOf(CancellationException.class);
  }
}
