// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Compares limiters with numbers of any size, over limits and times of any size. */
final class RateLimiterLawsTest {
  private static final int LIMITS = Integer.getInteger("laws.limits", 5_000);
  private static final int CALLS = 50;
  private static final double ERROR = 1e-6;
  private static final long MOST_BACK = Duration.ofMinutes(1).toNanos();

  // Moved by the tests, backwards too.
  private long now;

  @Test
  void admission_underAnyLimitAndClock_isNeverMoreThanExact() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < LIMITS; i++) {
      now = random.nextLong();
      long origin = now;
      RateLimit limit = RandomLimits.any(random);
      RateLimiter limiter = RateLimiters.local(limit, () -> now);
      List<ExactBucket> exact =
          limit.bandwidths().stream().map(b -> new ExactBucket(b, 0)).toList();
      long latest = 0;
      for (int call = 0; call < CALLS; call++) {
        step(random, limit);
        long permits = permits(random, limit);
        long at = now - origin;
        latest = Math.max(latest, at);
        // A permit may be counted as longer than it is, and so a burst as longer, which shows when
        // the clock goes back.
        long slack = at < latest ? 1 + (long) (ERROR * refillNanos(limit)) : 0;
        Admission admission = limiter.tryAcquire(permits);
        if (admission.isAdmitted()) {
          assertThat(exact)
              .as("%s at %d for %d", limit, at, permits)
              .allMatch(bucket -> bucket.hasRoom(at + slack, permits));
          exact.forEach(bucket -> bucket.take(at, permits));
        } else if (((Admission.Rejected) admission).reason() == Admission.Reason.LIMIT) {
          double wait = exact.stream().mapToDouble(b -> b.waitNanos(at, permits)).max().orElse(0);
          double told = ((Admission.Rejected) admission).retryAfter().toNanos();
          assertThat(told)
              .as("%s at %d for %d: wait", limit, at, permits)
              .isBetween(
                  Math.floor(wait * (1 - 1e-12)) - slack,
                  Math.max(wait, 0) + 1 + ERROR * refillNanos(limit) * CALLS + (latest - at));
        }
      }
    }
  }

  @Test
  void retryAfter_waitedForExactly_isAlwaysEnoughAndNeverTooMuch() {
    SplittableRandom random = new SplittableRandom(2);
    int rejections = 0;
    for (int i = 0; i < LIMITS; i++) {
      now = random.nextLong();
      RateLimit limit = RandomLimits.any(random);
      RateLimiter limiter = RateLimiters.local(limit, () -> now);
      for (int call = 0; call < CALLS; call++) {
        now += Math.max(0, random.nextLong(-10, 1_000_000));
        long permits = permits(random, limit);
        if (limiter.tryAcquire(permits) instanceof Admission.Rejected rejected
            && rejected.reason() == Admission.Reason.LIMIT) {
          rejections++;
          now += rejected.retryAfter().toNanos() - 1;
          assertThat(limiter.tryAcquire(permits).isAdmitted()).as("%s, early", limit).isFalse();
          now += 1;
          assertThat(limiter.tryAcquire(permits).isAdmitted()).as("%s, in time", limit).isTrue();
        }
      }
    }
    assertThat(rejections).isGreaterThan(LIMITS);
  }

  @Test
  void change_ofTheLimit_keepsWhatWasTakenPermitByPermit() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < LIMITS; i++) {
      now = random.nextLong();
      RateLimit before = RandomLimits.any(random);
      RateLimiter limiter = RateLimiters.local(before, () -> now);
      long burst = smallestBurst(before);
      long taken = RandomLimits.magnitude(random, burst);
      assertThat(limiter.tryAcquire(taken).isAdmitted()).isTrue();
      RateLimit after = RandomLimits.any(random);
      limiter.setLimit(after);

      long left = Math.max(0, smallestBurst(after) - taken);
      assertThat(limiter.tryAcquire(left + 1).isAdmitted()).as("%s to %s", before, after).isFalse();
      if (left > 0) {
        assertThat(limiter.tryAcquire(left).isAdmitted()).as("%s to %s", before, after).isTrue();
      }
      assertThat(limiter.limit()).isEqualTo(after);
    }
  }

  @Test
  void debt_afterAsLongAsItTakes_isGone() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < LIMITS; i++) {
      now = random.nextLong();
      RateLimit limit = RandomLimits.any(random);
      RateLimiter limiter = RateLimiters.local(limit, () -> now);
      long burst = smallestBurst(limit);
      assertThat(limiter.tryAcquire(burst).isAdmitted()).isTrue();
      now += limiter.quotas().stream().mapToLong(q -> q.untilFull().toNanos()).max().orElseThrow();
      for (int rounds = random.nextInt(3); rounds > 0; rounds--) {
        now += RandomLimits.magnitude(random, Duration.ofDays(50_000).toNanos());
      }
      assertThat(limiter.tryAcquire(burst).isAdmitted()).as("%s", limit).isTrue();
    }
  }

  private void step(SplittableRandom random, RateLimit limit) {
    long step = RandomLimits.magnitude(random, 2 * (long) refillNanos(limit) + 2);
    // Backwards not so far that the limiter forgives what was taken after that time.
    now += random.nextInt(8) == 0 ? -Math.min(step, MOST_BACK) : step;
  }

  private static long permits(SplittableRandom random, RateLimit limit) {
    return RandomLimits.magnitude(random, smallestBurst(limit) + 1);
  }

  private static long smallestBurst(RateLimit limit) {
    return limit.bandwidths().stream().mapToLong(Bandwidth::burst).min().orElseThrow();
  }

  private static double refillNanos(RateLimit limit) {
    return limit.bandwidths().stream()
        .mapToDouble(b -> (double) b.burst() / b.permits() * b.period().toNanos())
        .max()
        .orElseThrow();
  }
}
