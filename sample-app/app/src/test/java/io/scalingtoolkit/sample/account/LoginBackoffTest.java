// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.scalingtoolkit.sample.account.LoginBackoff.Origin;
import io.scalingtoolkit.sample.platform.ManualClock;
import io.scalingtoolkit.sample.platform.web.Problem;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoginBackoffTest {

  private static final Origin HERE = Origin.of("user", "192.0.2.1");

  private final ManualClock clock = new ManualClock();
  private final LoginBackoff backoff = new LoginBackoff(clock, 100);

  @Test
  void check_fewFailures_passes() {
    fail(HERE, LoginBackoff.FREE - 1);

    assertThatCode(() -> backoff.check(HERE)).doesNotThrowAnyException();
  }

  @Test
  void check_afterFifthFailure_refusesForOneSecond() {
    fail(HERE, LoginBackoff.FREE);

    assertThatExceptionOfType(Problem.class)
        .isThrownBy(() -> backoff.check(HERE))
        .satisfies(
            problem -> {
              assertThat(problem.type().status()).isEqualTo(429);
              assertThat(problem.retryAfter()).isEqualTo(Duration.ofSeconds(1));
            });

    clock.advance(Duration.ofSeconds(1));
    assertThat(backoff.pause(HERE)).isZero();
  }

  @Test
  void pause_eachFurtherFailure_doublesUpToFiveMinutes() {
    fail(HERE, LoginBackoff.FREE + 1);
    assertThat(backoff.pause(HERE)).isEqualTo(Duration.ofSeconds(2));

    fail(HERE, 3);
    assertThat(backoff.pause(HERE)).isEqualTo(Duration.ofSeconds(16));

    fail(HERE, 1000);
    assertThat(backoff.pause(HERE)).isEqualTo(Duration.ofMinutes(5));

    clock.advance(Duration.ofMinutes(5));
    assertThat(backoff.pause(HERE)).as("never a lockout").isZero();
  }

  @Test
  void pause_anotherNetworkOrAccount_isNotAffected() {
    fail(HERE, 50);

    assertThat(backoff.pause(Origin.of("user", "192.0.2.2"))).isZero();
    assertThat(backoff.pause(Origin.of("other", "192.0.2.1"))).isZero();
  }

  @Test
  void origin_ipv6_isThePrefixOfASubscriber() {
    assertThat(Origin.of("user", "2001:db8:1:2::1"))
        .isEqualTo(Origin.of("user", "2001:db8:1:2:ffff::9"))
        .isNotEqualTo(Origin.of("user", "2001:db8:1:3::1"));
  }

  @Test
  void succeeded_clearsTheCountAndTellsIt() {
    fail(HERE, 7);

    assertThat(backoff.succeeded(HERE)).isEqualTo(7);
    assertThat(backoff.pause(HERE)).isZero();
    assertThat(backoff.succeeded(HERE)).isZero();
  }

  @Test
  void failed_afterQuietTime_startsAgain() {
    fail(HERE, LoginBackoff.FREE);
    clock.advance(Duration.ofMinutes(16));

    fail(HERE, 1);

    assertThat(backoff.pause(HERE)).isZero();
  }

  @Test
  void pause_clockSetBack_isNotLonger() {
    fail(HERE, 1000);
    clock.advance(Duration.ofHours(-3));

    assertThat(backoff.pause(HERE)).isZero();
  }

  @Test
  void failed_moreOriginsThanCapacity_forgetsTheOldest() {
    fail(HERE, LoginBackoff.FREE);
    for (int i = 0; i < 99; i++) {
      fail(Origin.of("user" + i, "192.0.2.1"), 1);
    }
    assertThat(backoff.pause(HERE)).isPositive();

    fail(Origin.of("one more", "192.0.2.1"), 1);

    assertThat(backoff.pause(HERE)).isZero();
  }

  private void fail(Origin origin, int times) {
    for (int i = 0; i < times; i++) {
      backoff.failed(origin);
    }
  }
}
