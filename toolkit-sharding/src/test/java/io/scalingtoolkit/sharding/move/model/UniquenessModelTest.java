// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Explores the reservation protocol, and each way in which an implementation could miss it. */
final class UniquenessModelTest {
  @Test
  void protocol_ofThreeClientsAndTwoSweepers_keepsTheValueUnique() {
    Exploration exploration = ModelChecker.explore(new UniquenessModel(3, Set.of()));

    assertThat(exploration.counterexample()).isNull();
    assertThat(exploration.ends()).containsOnlyKeys("FREE", "TAKEN");
  }

  @ParameterizedTest
  @EnumSource
  void protocol_withOneDeviation_isBroken(UniquenessDeviation deviation) {
    Exploration exploration = ModelChecker.explore(new UniquenessModel(2, Set.of(deviation)));

    assertThat(exploration.counterexample())
        .as("a way to break %s in %d states", deviation, exploration.states())
        .isNotNull();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CONFIRM_BY_VALUE", "RELEASE_UNRECORDED"})
  void protocol_withARowThatIsNotReserved_letsTwoRowsHaveTheValue(UniquenessDeviation deviation) {
    Model model = new UniquenessModel(3, Set.of(deviation));

    Exploration exploration = ModelChecker.explore(new Ignoring(model, Set.of("U2")));

    assertThat(exploration.counterexample()).startsWith("U1");
  }
}
