// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class KeyedRateLimiterTest {
  private static final RateLimit TWO_A_SECOND = RateLimit.of(2).per(Duration.ofSeconds(1));
  private static final int KEYS = 1_000;

  private final ManualClock clock = ManualClock.atEpoch();
  private final KeyedRateLimiter<Integer> limiter =
      RateLimiters.keyed(TWO_A_SECOND, KEYS, clock.monotonic());

  private int taken(int key) {
    int count = 0;
    while (limiter.tryAcquire(key).isAdmitted()) {
      count++;
    }
    return count;
  }

  @Test
  void tryAcquire_ofEachKey_isItsOwn() {
    assertThat(taken(1)).isEqualTo(2);
    assertThat(taken(2)).isEqualTo(2);
    clock.advance(Duration.ofMillis(500));
    assertThat(taken(1)).isEqualTo(1);
  }

  @Test
  void flood_ofNewKeys_freesNobodyWhoOwes() {
    for (int key = 0; key < KEYS; key++) {
      assertThat(taken(key)).isEqualTo(2);
    }
    int admitted = 0;
    for (int key = KEYS; key < 100 * KEYS; key++) {
      Admission admission = limiter.tryAcquire(key);
      if (admission instanceof Admission.Rejected rejected) {
        assertThat(rejected.reason()).isEqualTo(Admission.Reason.TOO_MANY_KEYS);
      } else {
        admitted++;
      }
    }

    assertThat(admitted).as("what one key gets").isEqualTo(2);
    for (int key = 0; key < KEYS; key++) {
      assertThat(limiter.tryAcquire(key).isAdmitted()).as("key %d", key).isFalse();
    }
    assertThat(limiter).asString().contains(KEYS + " keys");
  }

  @Test
  void keys_thatOweNothingAnyMore_makeRoomForOthers() {
    for (int round = 0; round < 10; round++) {
      for (int key = 0; key < KEYS; key++) {
        assertThat(limiter.tryAcquire(round * KEYS + key).isAdmitted()).isTrue();
      }
      clock.advance(Duration.ofSeconds(1));
    }

    assertThat(limiter.toString()).matches(".* [0-9]{1,4} keys]");
  }

  @Test
  void setLimit_lower_admitsNoNewBurst_higher_givesTheDifference() {
    limiter.tryAcquire(1, 2);
    limiter.setLimit(RateLimit.of(1).per(Duration.ofSeconds(1)));
    assertThat(taken(1)).isZero();
    assertThat(taken(2)).isEqualTo(1);
    limiter.setLimit(RateLimit.of(5).per(Duration.ofSeconds(1)));

    assertThat(taken(1)).isEqualTo(3);
    assertThat(taken(2)).isEqualTo(4);
    assertThat(limiter.limit().bandwidths().get(0).burst()).isEqualTo(5);
  }

  @Test
  void quotas_ofAKeyNeverSeen_areWhole() {
    assertThat(limiter.quotas(7)).extracting(Quota::remaining).containsExactly(2L);
    limiter.tryAcquire(7);
    assertThat(limiter.quotas(7))
        .containsExactly(new Quota(TWO_A_SECOND.bandwidths().get(0), 1, Duration.ofMillis(500)));
  }

  @Test
  void call_withBadArguments_isRefused() {
    assertThatNullPointerException().isThrownBy(() -> limiter.tryAcquire(null)).withMessage("key");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.tryAcquire(1, 0))
        .withMessage("permits must be 1 or more, were 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RateLimiters.keyed(TWO_A_SECOND, 0))
        .withMessage("maxKeys must be 1 or more, was 0");
  }
}
