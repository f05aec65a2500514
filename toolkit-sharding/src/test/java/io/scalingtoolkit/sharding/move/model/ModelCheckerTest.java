// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Explores graphs whose answer is known: two counters that each count from 0 to 3. */
final class ModelCheckerTest {
  @Test
  void explore_ofTwoCounters_seesEveryStateAndStepOnce() {
    Exploration exploration = ModelChecker.explore(new Counters(-1, -1));

    assertThat(exploration.counterexample()).isNull();
    assertThat(exploration.states()).isEqualTo(16);
    assertThat(exploration.steps()).isEqualTo(24);
    assertThat(exploration.ends()).containsExactly(Map.entry("FULL", 1));
  }

  @Test
  void explore_ofABrokenState_tellsAShortestWay() {
    Exploration exploration = ModelChecker.explore(new Counters(3, -1));

    // The violation, the first state and three steps.
    assertThat(exploration.counterexample()).startsWith("the sum is 3").hasLineCount(5);
  }

  @Test
  void explore_ofAStateWithNoWayToTheEnd_findsIt() {
    Exploration exploration = ModelChecker.explore(new Counters(-1, 2));

    assertThat(exploration.counterexample()).startsWith("no end can be reached");
  }

  private record Counters(int forbidden, int trap) implements Model {
    private static final Field FIRST = new Field(false, 62, 2);
    private static final Field SECOND = new Field(true, 0, 2);

    @Override
    public State initial() {
      return State.ZERO;
    }

    @Override
    public void steps(State state, Steps steps) {
      for (int actor = 0; actor < 2; actor++) {
        Field field = actor == 0 ? FIRST : SECOND;
        boolean trapped = state.get(FIRST) == trap && state.get(SECOND) == trap;
        if (state.get(field) < 3 && !trapped) {
          steps.add(actor, "counts", state.with(field, state.get(field) + 1));
        }
      }
    }

    @Override
    public @Nullable String violation(State state) {
      int sum = state.get(FIRST) + state.get(SECOND);
      return sum == forbidden ? "the sum is " + sum : null;
    }

    @Override
    public @Nullable String end(State state) {
      return state.get(FIRST) + state.get(SECOND) == 6 ? "FULL" : null;
    }

    @Override
    public String actor(State state, int actor) {
      return "counter " + actor;
    }

    @Override
    public String describe(State state) {
      return state.get(FIRST) + "," + state.get(SECOND);
    }
  }
}
