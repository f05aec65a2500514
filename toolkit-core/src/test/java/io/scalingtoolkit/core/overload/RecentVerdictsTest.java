// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import static io.scalingtoolkit.core.overload.RecentVerdicts.ADMITTED;
import static io.scalingtoolkit.core.overload.RecentVerdicts.CALLS;
import static io.scalingtoolkit.core.overload.RecentVerdicts.LASTS_MILLIS;
import static io.scalingtoolkit.core.overload.RecentVerdicts.REFUSED;
import static io.scalingtoolkit.core.overload.RecentVerdicts.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RecentVerdictsTest {
  private static final long MILLI = 1_000_000;
  private static final int ANN = 0x9ABCDEF0;

  private final RecentVerdicts verdicts = new RecentVerdicts();

  // The second is a clock that passes the largest number of milliseconds meanwhile.
  @ParameterizedTest
  @ValueSource(longs = {0, (Integer.MAX_VALUE - 1_000) * MILLI, -500 * MILLI, Long.MIN_VALUE})
  void verdict_holdsFromWhenItWasGiven_notFromTheLastCall(long start) {
    verdicts.remember(ANN, REFUSED, start);

    assertThat(verdicts.of(ANN, start)).isEqualTo(REFUSED);
    assertThat(verdicts.of(ANN, start + (LASTS_MILLIS - 1) * MILLI)).isEqualTo(REFUSED);
    assertThat(verdicts.of(ANN, start + (LASTS_MILLIS + 1) * MILLI)).isEqualTo(UNKNOWN);
  }

  @Test
  void verdict_holdsForSoManyCalls_andIsThenGivenAnew() {
    verdicts.remember(ANN, ADMITTED, 0);
    for (int call = 0; call < CALLS; call++) {
      assertThat(verdicts.of(ANN, MILLI)).isEqualTo(ADMITTED);
    }

    assertThat(verdicts.of(ANN, MILLI)).isEqualTo(UNKNOWN);
    verdicts.remember(ANN, REFUSED, 2 * MILLI);
    assertThat(verdicts.of(ANN, 2 * MILLI)).isEqualTo(REFUSED);
  }

  @Test
  void verdict_ofAnother_isNeverTaken_whateverBitTheyDifferIn() {
    verdicts.remember(ANN, ADMITTED, 0);

    for (int bit = 0; bit < Integer.SIZE; bit++) {
      assertThat(verdicts.of(ANN ^ (1 << bit), 0)).as("bit %d", bit).isEqualTo(UNKNOWN);
    }
    assertThat(verdicts.of(ANN, 0)).isEqualTo(ADMITTED);
  }

  @Test
  void slot_ofTwoUsers_isThatOfTheLatest() {
    int bob = ANN ^ 1;
    verdicts.remember(ANN, ADMITTED, 0);
    verdicts.remember(bob, REFUSED, 0);

    assertThat(verdicts.of(ANN, 0)).isEqualTo(UNKNOWN);
    assertThat(verdicts.of(bob, 0)).isEqualTo(REFUSED);
  }
}
