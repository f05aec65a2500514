// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SlotsTest {
  @Test
  void of_referenceInputOfTheSpecification_givesItsChecksum() {
    // The Redis cluster specification: CRC16("123456789") = 0x31C3.
    assertThat(Slots.of("123456789")).isEqualTo(0x31C3 % 16_384);
  }

  @Test
  void of_hashTag_countsTheTagOnly() {
    assertThat(Slots.of("{user1000}.following")).isEqualTo(Slots.of("user1000"));
    assertThat(Slots.of("foo{bar}{zap}")).isEqualTo(Slots.of("bar"));
    assertThat(Slots.of("foo{{bar}}zap")).isEqualTo(Slots.of("{bar"));
  }

  @Test
  void of_emptyOrOpenTag_countsTheWholeKey() {
    assertThat(Slots.of("foo{}{bar}")).isEqualTo(8363);
    assertThat(Slots.of("")).isZero();
  }
}
