// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RoomTest {
  // Of the users of DEFAULT half are below it.
  private static final int THRESHOLD = ShedThreshold.COHORTS * 3 / 2;

  private static Room room(int most, int threshold) {
    return new Room(most, 40, 128, 0.13, 2.5, threshold, 0, 0, 0, 0);
  }

  @ParameterizedTest(name = "{0}, cohort {1}, {2}")
  @CsvSource({
    "DEFAULT, 10, UNKNOWN, 40",
    "DEFAULT, 100, UNKNOWN, 20",
    "DEFAULT, 100, ADMITTED, 100",
    "DEFAULT, 10, ADMITTED, 100",
    "DEFAULT, 100, REFUSED, 5",
    "DEFAULT, 10, REFUSED, 5",
    "LOW, 100, UNKNOWN, 15",
    "LOW, 100, ADMITTED, 75",
    "LOW, 100, REFUSED, 3",
    "SHEDDABLE, 100, UNKNOWN, 10",
    "CRITICAL, 100, UNKNOWN, 128"
  })
  void of_aUserUnderOverload_dependsOnThresholdAndLastVerdict(
      Priority priority, int cohort, String recent, int expected) {
    int known =
        switch (recent) {
          case "ADMITTED" -> RecentVerdicts.ADMITTED;
          case "REFUSED" -> RecentVerdicts.REFUSED;
          default -> RecentVerdicts.UNKNOWN;
        };

    assertThat(room(1_000, THRESHOLD).of(priority, ShedThreshold.keyOf(priority, cohort), known))
        .isEqualTo(expected);
  }

  @Test
  void of_nobodyInParticular_isThatOfTheLevel() {
    Room room = room(1_000, THRESHOLD);

    assertThat(room.of(Priority.DEFAULT, ShedThreshold.keyOf(Priority.DEFAULT), 0)).isEqualTo(40);
    assertThat(room.of(Priority.LOW, ShedThreshold.keyOf(Priority.LOW), 0)).isEqualTo(30);
    assertThat(room.of(Priority.SHEDDABLE, ShedThreshold.keyOf(Priority.SHEDDABLE), 0))
        .isEqualTo(20);
  }

  @Test
  void of_aUserWithoutOverload_isThatOfTheLevel() {
    Room room = room(1_000, ShedThreshold.NONE);

    assertThat(room.of(Priority.DEFAULT, ShedThreshold.keyOf(Priority.DEFAULT, 100), 0))
        .isEqualTo(40);
  }

  @Test
  void of_anybody_isAtLeastOneAndAtMostTheMost() {
    int key = ShedThreshold.keyOf(Priority.DEFAULT, 100);
    Room small = new Room(1_000, 2, 14, 0.13, 2.5, THRESHOLD, 0, 0, 0, 0);

    assertThat(small.of(Priority.DEFAULT, key, RecentVerdicts.REFUSED)).isEqualTo(1);
    assertThat(room(50, THRESHOLD).of(Priority.DEFAULT, key, RecentVerdicts.ADMITTED))
        .isEqualTo(50);
    assertThat(room(50, THRESHOLD).critical()).isEqualTo(50);
  }
}
