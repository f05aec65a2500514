// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static io.scalingtoolkit.sharding.move.model.Deviation.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Breaks the protocol in every known way and finds an interleaving that shows it; and shows which
 * checks could be left out.
 */
final class ProtocolMutantsTest {
  private static final Scope ONE_KEY = Scope.of(1, 2, 2);
  private static final Scope TWO_KEYS = Scope.of(2, 2, 2);
  private static final Scope TWO_MOVES = Scope.of(1, 1, 3).thatMovesAgain();
  private static final Scope LATE_ABORTS = Scope.of(1, 1, 4).thatMovesAgain();
  private static final Set<Deviation> HARMLESS =
      EnumSet.of(
          INSTALL_SOURCE_FIRST,
          CHUNK_UPSERT,
          DELETE_CHECKS_TOKEN,
          TARGET_STATE_UNCHECKED,
          FROZEN_UNRECORDED,
          SWITCH_STATE_UNCHECKED,
          ACTIVATE_TARGET_FIRST,
          FINALIZE_SOURCE_FIRST,
          UNFREEZE_BEFORE_TARGET,
          RETURN_TARGET_FIRST);

  /** A deviation, the scope in which it shows, and the invariant that breaks first. */
  static Stream<Arguments> mutants() {
    return Stream.of(
        Arguments.of(FENCE_READ_BEFORE_LOCK, ONE_KEY, "I4"),
        Arguments.of(LOG_AFTER_COMMIT, ONE_KEY, "I5"),
        Arguments.of(LOG_IDS_REUSED, ONE_KEY, "I2"),
        Arguments.of(ARM_AFTER_FIRST_CHUNK, ONE_KEY, "I2"),
        Arguments.of(ARM_WITHOUT_WAITING, ONE_KEY, "I2"),
        Arguments.of(INSTALL_WITHOUT_WAITING, ONE_KEY, "I2"),
        Arguments.of(INSTALL_UNCHECKED, ONE_KEY, "I5"),
        Arguments.of(NO_ARM_AT_TAKE_OVER, ONE_KEY, "I2"),
        Arguments.of(RESUME_AT_DRAIN, ONE_KEY, "I2"),
        Arguments.of(INSTALL_IN_TARGET_ONLY, ONE_KEY, "no end"),
        Arguments.of(CHUNK_WRITTEN_AFTER_DRAIN, ONE_KEY, "I2"),
        Arguments.of(ROWS_BEFORE_LOG, ONE_KEY, "I2"),
        Arguments.of(DELETE_BEFORE_APPLY, ONE_KEY, "I2"),
        Arguments.of(DELETE_WHOLE_KEY, ONE_KEY, "I2"),
        Arguments.of(DELETE_UP_TO_HIGHEST, TWO_KEYS, "I2"),
        Arguments.of(TARGET_TOKEN_UNCHECKED, ONE_KEY, "I2"),
        Arguments.of(FREEZE_WITHOUT_WAITING, ONE_KEY, "I4"),
        Arguments.of(FREEZE_TOKEN_UNCHECKED, ONE_KEY, "I5"),
        Arguments.of(EMPTY_LOG_BEFORE_FREEZE, ONE_KEY, "I2"),
        Arguments.of(SWITCH_TOKEN_UNCHECKED, TWO_MOVES, "I2"),
        Arguments.of(UNKNOWN_SWITCH_FAILED, ONE_KEY, "I1"),
        Arguments.of(UNKNOWN_SWITCH_DONE, ONE_KEY, "I1"),
        Arguments.of(ACTIVATE_BEFORE_SWITCH, ONE_KEY, "I1"),
        Arguments.of(ACTIVATE_TOKEN_UNCHECKED, ONE_KEY, "I5"),
        Arguments.of(ACTIVATE_EMPTIES_LOG, ONE_KEY, "I2"),
        Arguments.of(REVERSE_CAPTURE_LATE, ONE_KEY, "I2"),
        Arguments.of(FINALIZE_UNDECIDED, ONE_KEY, "I2"),
        Arguments.of(FINALIZE_TOKEN_UNCHECKED, TWO_MOVES, "I2"),
        Arguments.of(UNFREEZE_BEFORE_CONTROL, ONE_KEY, "I1"),
        Arguments.of(ABORT_WITHOUT_WAITING, ONE_KEY, "I5"),
        Arguments.of(ABORT_TOKEN_UNCHECKED, LATE_ABORTS, "I2"),
        Arguments.of(TOKEN_CLEARED, ONE_KEY, "I5"),
        Arguments.of(RETURN_WITHOUT_FREEZE, ONE_KEY, "I1"),
        Arguments.of(RETURN_WITHOUT_DRAIN, ONE_KEY, "I2"),
        Arguments.of(RETURN_TOKEN_UNCHECKED, TWO_MOVES, "I1"));
  }

  static Stream<Deviation> harmless() {
    return HARMLESS.stream();
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void protocol_withOneDeviation_isBroken(Deviation deviation, Scope scope, String invariant) {
    Exploration exploration = explore(scope, Set.of(deviation));

    assertThat(exploration.counterexample())
        .as("a way to break %s in %d states", deviation, exploration.states())
        .isNotNull()
        .startsWith(invariant);
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void protocol_withoutWhatItDoesNotNeed_keepsItsInvariants(Deviation deviation) {
    assertThat(explore(TWO_KEYS, Set.of(deviation)).counterexample()).isNull();
    assertThat(explore(TWO_MOVES, Set.of(deviation)).counterexample()).isNull();
  }

  @Test
  void protocol_withoutAllThatItDoesNotNeed_keepsItsInvariants() {
    assertThat(explore(TWO_KEYS, HARMLESS).counterexample()).isNull();
    assertThat(explore(TWO_MOVES, HARMLESS).counterexample()).isNull();
  }

  /** That the databases are unequal at the switch is no formality: writes are lost. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "FENCE_READ_BEFORE_LOCK",
        "FREEZE_WITHOUT_WAITING",
        "EMPTY_LOG_BEFORE_FREEZE",
        "TARGET_TOKEN_UNCHECKED",
        "RETURN_WITHOUT_DRAIN"
      })
  void protocol_thatSwitchesTooEarly_losesAcknowledgedWrites(Deviation deviation) {
    Model model = new MoveModel(ONE_KEY, Set.of(deviation));

    Exploration exploration = ModelChecker.explore(new Ignoring(model, Set.of("I2", "I4", "I5")));

    assertThat(exploration.counterexample()).startsWith("I3");
  }

  /** An entry that a late mover deletes under a used id is another's; its token gives it away. */
  @Test
  void deletion_ofIdsUsedAgain_needsTheToken() {
    Set<Deviation> checked = EnumSet.of(LOG_IDS_REUSED, DELETE_CHECKS_TOKEN);

    assertThat(explore(ONE_KEY, Set.of(LOG_IDS_REUSED)).counterexample()).isNotNull();
    assertThat(explore(ONE_KEY, checked).counterexample()).isNull();
  }

  /** Where nothing is deleted, copy and drain may overlap if the chunk does not overwrite. */
  @Test
  void copy_besideTheDrain_isSafeOnlyWithoutDeletesAndWithoutOverwriting() {
    Scope appended = ONE_KEY.withoutDeletes();
    Set<Deviation> overwrites = EnumSet.of(CHUNK_WRITTEN_AFTER_DRAIN, CHUNK_UPSERT);

    assertThat(explore(appended, Set.of(CHUNK_WRITTEN_AFTER_DRAIN)).counterexample()).isNull();
    assertThat(explore(appended, overwrites).counterexample()).startsWith("I2");
    assertThat(explore(ONE_KEY, Set.of(CHUNK_WRITTEN_AFTER_DRAIN)).counterexample())
        .startsWith("I2");
  }

  @ParameterizedTest
  @EnumSource
  void deviation_anyOfThem_isShownToBreakOrNot(Deviation deviation) {
    Set<Object> mutants = mutants().map(each -> each.get()[0]).collect(Collectors.toSet());

    assertThat(mutants.contains(deviation)).isNotEqualTo(HARMLESS.contains(deviation));
  }

  private static Exploration explore(Scope scope, Set<Deviation> deviations) {
    return ModelChecker.explore(new MoveModel(scope, deviations));
  }
}
