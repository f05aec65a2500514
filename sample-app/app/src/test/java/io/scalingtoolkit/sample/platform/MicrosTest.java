// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

final class MicrosTest {

  @Test
  void text_ofNow_hasSixDecimalsAndRoundsDown() {
    Clock clock = Clock.fixed(Instant.parse("2026-11-21T07:00:00.000001999Z"), ZoneOffset.UTC);

    assertThat(Micros.text(Micros.now(clock))).isEqualTo("2026-11-21T07:00:00.000001Z");
  }

  @Test
  void text_wholeSecond_keepsTheDecimals() {
    assertThat(Micros.text(0)).isEqualTo("1970-01-01T00:00:00.000000Z");
  }

  @Test
  void of_day_isExact() {
    assertThat(Micros.of(Duration.ofHours(24))).isEqualTo(86_400_000_000L);
  }
}
