// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static io.scalingtoolkit.sharding.move.model.MoveFields.*;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The protocol that moves a slot from a source to a target: two writers, two movers and the three
 * databases, each transaction being one step or two.
 *
 * <p>Locks are no part of the state: they follow from what writers and movers are at. A writer
 * takes the shared lock on the slot, passes the guard and changes its row in one step, as nothing
 * that the guard looks at can change in between; its commit is another step. A mover that forgets
 * all it knew is a crash, and one that simply waits is a zombie. Verification is left out, so that
 * it cannot save a protocol that needs it.
 */
final class MoveModel implements Model {
  private final WriterActions writers;
  private final MoverActions movers;

  MoveModel(Scope scope, Set<Deviation> deviations) {
    EnumSet<Deviation> all = EnumSet.noneOf(Deviation.class);
    all.addAll(deviations);
    writers = new WriterActions(scope, all);
    movers = new MoverActions(scope, all);
  }

  @Override
  public State initial() {
    return State.ZERO
        .with(SLOT[SOURCE], SlotState.OWNED.ordinal())
        .with(ROW[SOURCE][0], FIRST_VALUE)
        .with(ACKNOWLEDGED[0], FIRST_VALUE);
  }

  @Override
  public void steps(State state, Steps steps) {
    for (int writer = 0; writer < WRITERS; writer++) {
      writers.add(state, writer, steps);
    }
    for (int mover = 0; mover < MOVERS; mover++) {
      if (!goesBack(state, mover)) {
        movers.add(state, mover, steps);
        continue;
      }
      Steps exchanged = new Steps();
      movers.add(exchanged(state), mover, exchanged);
      for (Steps.Step step : exchanged.list()) {
        steps.add(step.actor(), step.label(), exchanged(step.next()), step.violation());
      }
    }
  }

  /** Whether the mover's move, or the one that it could take over or begin, is from T to S. */
  private static boolean goesBack(State state, int mover) {
    if (moverStep(state, mover) != MoverStep.IDLE) {
      return state.is(MOVER_BACK[mover]);
    }
    return move(state).isLive() ? state.is(BACK) : state.get(MAP) == TARGET;
  }

  @Override
  public State canonical(State state) {
    long low = state.low();
    long first = low >>> WRITERS_FROM & ((1L << WRITER_BITS) - 1);
    long second = low >>> (WRITERS_FROM + WRITER_BITS) & ((1L << WRITER_BITS) - 1);
    if (first > second) {
      long others = low & ((1L << WRITERS_FROM) - 1);
      low = others | second << WRITERS_FROM | first << (WRITERS_FROM + WRITER_BITS);
    }
    long high = state.high();
    if ((high & 0xFFFFFFFFL) > high >>> MOVER_BITS) {
      high = Long.rotateLeft(high, MOVER_BITS);
    }
    return new State(low, high);
  }

  @Override
  public @Nullable String violation(State state) {
    boolean sourceOwned = slot(state, SOURCE) == SlotState.OWNED;
    boolean targetOwned = slot(state, TARGET) == SlotState.OWNED;
    if (sourceOwned && targetOwned) {
      return "I1: both databases own the slot";
    }
    int authority = state.get(MAP);
    if (authority == SOURCE ? targetOwned : sourceOwned) {
      return "I1: the database that owns the slot is not the one that the map names";
    }
    for (int key = 0; key < KEYS; key++) {
      if (state.get(ROW[authority][key]) != state.get(ACKNOWLEDGED[key])) {
        return "I3: an acknowledged write of key " + key + " is lost";
      }
    }
    MoveState move = move(state);
    boolean targetWins = move == MoveState.DONE ^ state.is(BACK);
    return move.isEnd() ? leftover(state, targetWins ? TARGET : SOURCE) : null;
  }

  private static @Nullable String leftover(State state, int winner) {
    int loser = 1 - winner;
    if (state.get(MAP) != winner || slot(state, winner) != SlotState.OWNED) {
      return "I5: the move has ended and its winner does not own the slot";
    }
    if (slot(state, loser) != SlotState.FOREIGN) {
      return "I5: the move has ended and the other database is not foreign";
    }
    for (int database = 0; database < 2; database++) {
      if (state.is(CAPTURE[database]) || state.is(LOG[database])) {
        return "I5: the move has ended and a capture or a log is left";
      }
    }
    boolean rows = state.is(ROW[loser][0]) || state.is(ROW[loser][1]);
    return rows ? "I5: the move has ended and the other database has rows left" : null;
  }

  @Override
  public @Nullable String end(State state) {
    MoveState move = move(state);
    return move.isEnd() ? move.name() : null;
  }

  @Override
  public String actor(State state, int actor) {
    if (actor < WRITERS) {
      return "writer on " + name(state.get(WRITER_MAP[actor]));
    }
    int token = state.get(MOVER_TOKEN[actor - WRITERS]);
    return token == 0 ? "a mover" : "mover " + token;
  }

  @Override
  public String describe(State state) {
    StringBuilder text = new StringBuilder();
    text.append(move(state))
        .append(state.is(BACK) ? " back" : "")
        .append(" token ")
        .append(state.get(TOKEN));
    text.append(" map ").append(name(state.get(MAP)));
    for (int database = 0; database < 2; database++) {
      text.append(" | ").append(name(database)).append(' ').append(slot(state, database));
      text.append(" token ").append(state.get(SLOT_TOKEN[database]));
      text.append(state.is(CAPTURE[database]) ? " captures" : "");
      text.append(" log ").append(set(state.get(LOG[database])));
      text.append(" rows ").append(state.get(ROW[database][0]));
      text.append(',').append(state.get(ROW[database][1]));
    }
    return text.toString();
  }

  static String name(int database) {
    return database == SOURCE ? "S" : "T";
  }

  /** What a database is to a mover. */
  static String role(int database) {
    return database == SOURCE ? "the source" : "the target";
  }

  private static String set(int bits) {
    StringBuilder text = new StringBuilder("{");
    for (int bit = 0; bit < 3; bit++) {
      text.append((bits >> bit & 1) != 0 ? String.valueOf(bit) : "");
    }
    return text.append('}').toString();
  }
}
