// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Explores every interleaving of two writers, two movers and their crashes, and finds the
 * invariants I1 to I6 kept:
 *
 * <ol>
 *   <li>one database at most owns the slot, and it is the one that the map names,
 *   <li>source and target are equal at the switch, there and back,
 *   <li>the database that the map names has the last acknowledged write of each key,
 *   <li>nothing is committed in a database that does not own the slot,
 *   <li>when the move has ended, no capture, no log entry and no row of the loser is left,
 *   <li>from every state an end can be reached without help.
 * </ol>
 */
final class ProtocolModelTest {
  static Stream<Arguments> scopes() {
    return Stream.of(
        Arguments.of(Scope.of(1, 3, 2), 150_000),
        Arguments.of(Scope.of(2, 2, 2), 150_000),
        Arguments.of(Scope.of(1, 2, 3).thatMovesAgain(), 400_000),
        Arguments.of(Scope.of(1, 1, 4).thatMovesAgain(), 400_000));
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void protocol_inEveryInterleaving_keepsItsInvariants(Scope scope, int states) {
    Exploration exploration = ModelChecker.explore(new MoveModel(scope, Set.of()));

    assertThat(exploration.counterexample()).isNull();
    assertThat(exploration.ends()).containsOnlyKeys("DONE", "ABORTED", "ROLLED_BACK");
    assertThat(exploration.states()).isGreaterThanOrEqualTo(states);
  }
}
