// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class UuidV7IdsTest {

  private static final Instant NOW = Instant.parse("2026-11-21T07:00:00.123Z");

  @Test
  void next_clockStandsStill_stillGrows() {
    Ids ids = new UuidV7Ids(Clock.fixed(NOW, ZoneOffset.UTC), new Random(1));

    List<String> made = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      made.add(ids.next());
    }

    assertThat(made).isSorted().doesNotHaveDuplicates().allMatch(Ids::isId);
  }

  @Test
  void next_any_carriesVersionVariantAndTime() {
    UUID id =
        UUID.fromString(new UuidV7Ids(Clock.fixed(NOW, ZoneOffset.UTC), new Random(1)).next());

    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
  }

  @Test
  void isId_otherForms_areNot() {
    assertThat(Ids.isId("01A1FCF9-DDD8-7000-B814-71EFD1F7893C")).isFalse();
    assertThat(Ids.isId("01a1fcf9ddd87000b81471efd1f7893c")).isFalse();
    assertThat(Ids.isId("")).isFalse();
    assertThat(Ids.isId("x".repeat(36))).isFalse();
  }
}
