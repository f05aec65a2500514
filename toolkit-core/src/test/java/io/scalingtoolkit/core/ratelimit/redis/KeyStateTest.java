// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.ratelimit.RateLimit;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What one process knows and holds of one key. */
final class KeyStateTest {
  private static final long NOW = 1_000_000_000L;

  @Test
  void share_ofRareTurnsAmongManyProcesses_isNotGivenTwice() {
    Tariff tariff = new Tariff(RateLimit.of(1).per(Duration.ofDays(3_650)));
    KeyState state = new KeyState("key", NOW);
    assertThat(state.takeShare(tariff, 1, 0, 100, NOW, new long[1])).isZero();
    for (int i = 0; i < 3; i++) {
      assertThat(state.takeShare(tariff, 1, 0, 100, NOW + i, new long[1])).isNegative();
    }
  }

  @Test
  void spend_whileAnotherThreadHasPutTheNextLeaseFirst_losesNothingOfIt() {
    Tariff tariff = new Tariff(RateLimit.of(1_000).per(Duration.ofSeconds(1)));
    KeyState state = new KeyState("key", NOW);
    state.deposit(lease(tariff, 50, 100_000), NOW);
    state.deposit(lease(tariff, 50, 150_000), NOW);

    // As it is for a thread that saw the lease before these used up.
    assertThat(state.spendBoth(tariff, 1, NOW)).isTrue();
    assertThat(state.leased(tariff, NOW)).isEqualTo(99);
  }

  @Test
  void deposit_whenTheNextLeaseIsThere_losesNothingOfIt() {
    Tariff tariff = new Tariff(RateLimit.of(1_000).per(Duration.ofSeconds(1)));
    KeyState state = new KeyState("key", NOW);
    assertThat(state.deposit(lease(tariff, 10, 100_000), NOW)).isTrue();
    assertThat(state.deposit(lease(tariff, 20, 150_000), NOW)).isTrue();
    assertThat(state.deposit(lease(tariff, 30, 200_000), NOW)).as("no room").isFalse();
    assertThat(state.leased(tariff, NOW)).isEqualTo(30);
    assertThat(state.spend(tariff, 30, NOW)).isTrue();
    assertThat(state.deposit(lease(tariff, 30, 250_000), NOW)).isTrue();
    assertThat(state.leased(tariff, NOW)).isEqualTo(30);
  }

  private static Lease lease(Tariff tariff, long permits, long endMicros) {
    return new Lease(tariff, new Reply(permits, 0, 0, false, new long[] {endMicros}), NOW);
  }
}
