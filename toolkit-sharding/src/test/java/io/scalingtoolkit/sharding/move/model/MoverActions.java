// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static io.scalingtoolkit.sharding.move.model.MoveFields.*;

import java.util.EnumSet;

/** The steps of the movers: what they do in control, and which step comes next. Immutable. */
final class MoverActions {
  private final Scope scope;
  private final EnumSet<Deviation> deviations;
  private final SlotActions slots;
  private final RowActions rows;

  MoverActions(Scope scope, EnumSet<Deviation> deviations) {
    this.scope = scope;
    this.deviations = deviations;
    slots = new SlotActions(deviations);
    rows = new RowActions(scope, deviations);
  }

  void add(State state, int mover, Steps steps) {
    MoverStep step = moverStep(state, mover);
    switch (step) {
      case IDLE -> idle(state, mover, steps);
      case RECORD_FROZEN -> recordFrozen(state, mover, steps);
      case SWITCH -> switchMap(state, mover, steps);
      case REREAD -> reread(state, mover, steps);
      case RECORD_SOAK ->
          record(state, mover, MoveState.SWITCHED, MoveState.SOAK, MoverStep.SOAK, steps);
      case SOAK -> soak(state, mover, steps);
      case RECORD_DONE -> {
        boolean undecided = deviations.contains(Deviation.FINALIZE_UNDECIDED);
        MoveState before = undecided ? MoveState.SOAK : MoveState.FINALIZING;
        record(state, mover, before, MoveState.DONE, MoverStep.IDLE, steps);
      }
      case RECORD_ABORTED ->
          record(state, mover, MoveState.ABORTING, MoveState.ABORTED, MoverStep.IDLE, steps);
      case RECORD_RETURNED ->
          record(
              state,
              mover,
              MoveState.RETURN_SWITCHED,
              MoveState.ROLLED_BACK,
              MoverStep.IDLE,
              steps);
      case COPY_READ, COPY_LOCK, COPY_WRITE -> rows.copy(state, mover, step, steps);
      case DRAIN_LOG, DRAIN_ROWS, DRAIN_LOCK, DRAIN_APPLY, DRAIN_DELETE ->
          rows.drain(state, mover, step, steps);
      default -> slots.add(state, mover, step, steps);
    }
    if (step != MoverStep.IDLE && mayCrash(state, mover)) {
      steps.add(WRITERS + mover, "crashes", idle(state, mover));
    }
  }

  /** The last mover must not crash, or nobody would be left to go on. */
  private boolean mayCrash(State state, int mover) {
    return state.get(TOKEN) < scope.tokens() || state.get(MOVER_TOKEN[mover]) != state.get(TOKEN);
  }

  private void idle(State state, int mover, Steps steps) {
    int token = state.get(TOKEN) + 1;
    if (token > scope.tokens()) {
      return;
    }
    MoveState move = move(state);
    State taken = state.with(TOKEN, token).with(MOVER_TOKEN[mover], token);
    if (move == MoveState.NONE || (move.isEnd() && scope.movesAgain())) {
      State started = taken.with(MOVE, MoveState.COPYING.ordinal()).with(BACK, 0);
      add(steps, mover, "plans a move", started, MoverStep.INSTALL_TARGET);
    }
    if (move.isLive()) {
      takeOver(taken, mover, move, steps);
    }
    if (move == MoveState.COPYING || move == MoveState.FROZEN) {
      if (deviations.contains(Deviation.UNFREEZE_BEFORE_CONTROL)) {
        add(steps, mover, "wants to abort", state, MoverStep.UNFREEZE_EARLY);
        return;
      }
      State aborting = taken.with(MOVE, MoveState.ABORTING.ordinal());
      boolean sourceFirst = deviations.contains(Deviation.UNFREEZE_BEFORE_TARGET);
      MoverStep first = sourceFirst ? MoverStep.ABORT_SOURCE : MoverStep.ABORT_TARGET;
      add(steps, mover, "decides to abort", aborting, first);
    }
  }

  private void takeOver(State taken, int mover, MoveState move, Steps steps) {
    State knowing = taken.with(MOVER_KNOWS[mover], move.ordinal());
    String label = "takes over in " + move;
    if (move == MoveState.ABORTING) {
      boolean sourceFirst = deviations.contains(Deviation.UNFREEZE_BEFORE_TARGET);
      MoverStep first = sourceFirst ? MoverStep.ABORT_SOURCE : MoverStep.ABORT_TARGET;
      add(steps, mover, label, taken, first);
    } else if (deviations.contains(Deviation.INSTALL_SOURCE_FIRST)) {
      add(steps, mover, label, knowing, MoverStep.INSTALL_SOURCE);
    } else {
      add(steps, mover, label, knowing, MoverStep.INSTALL_TARGET);
    }
  }

  private void recordFrozen(State state, int mover, Steps steps) {
    boolean reverse = state.is(MOVER_REVERSE[mover]);
    MoveState before = reverse ? MoveState.RETURNING : MoveState.COPYING;
    MoveState after = reverse ? MoveState.RETURN_FROZEN : MoveState.FROZEN;
    boolean skips =
        deviations.contains(
            reverse ? Deviation.RETURN_WITHOUT_DRAIN : Deviation.EMPTY_LOG_BEFORE_FREEZE);
    State frozen = state.with(MOVER_FROZEN[mover], 1);
    MoverStep next = skips ? MoverStep.SWITCH : MoverStep.DRAIN_LOG;
    if (!reverse && deviations.contains(Deviation.FROZEN_UNRECORDED)) {
      add(steps, mover, "goes on frozen", frozen, next);
    } else if (holds(state, mover) && move(state) == before) {
      add(steps, mover, "records " + after, frozen.with(MOVE, after.ordinal()), next);
    } else if (holds(state, mover) && move(state) == after) {
      add(steps, mover, "finds " + after, frozen, next);
    } else {
      refused(state, mover, steps);
    }
  }

  private void switchMap(State state, int mover, Steps steps) {
    boolean reverse = state.is(MOVER_REVERSE[mover]);
    MoveState before = reverse ? MoveState.RETURN_FROZEN : MoveState.FROZEN;
    MoveState after = reverse ? MoveState.RETURN_SWITCHED : MoveState.SWITCHED;
    boolean token = holds(state, mover) || deviations.contains(Deviation.SWITCH_TOKEN_UNCHECKED);
    boolean ready =
        move(state) == before
            || deviations.contains(Deviation.SWITCH_STATE_UNCHECKED)
            || (move(state) == MoveState.COPYING
                && deviations.contains(Deviation.FROZEN_UNRECORDED));
    if (!token || !ready) {
      refused(state, mover, steps);
      return;
    }
    int to = reverse ? SOURCE : TARGET;
    State switched = state.with(MAP, to).with(MOVE, after.ordinal());
    String unequal = null;
    for (int key = 0; key < KEYS; key++) {
      if (state.get(ROW[SOURCE][key]) != state.get(ROW[TARGET][key])) {
        unequal = "I2: the switch finds key " + key + " unequal";
      }
    }
    String label = "switches the map to " + MoveModel.role(to);
    steps.add(WRITERS + mover, label, activating(switched, mover), unequal);
    add(steps, mover, label + ", and does not learn it", switched, MoverStep.REREAD);
    add(steps, mover, "does not learn that it did not switch", state, MoverStep.REREAD);
  }

  private State activating(State state, int mover) {
    boolean reverse = state.is(MOVER_REVERSE[mover]);
    State known = state.with(MOVER_REVERSE[mover], 0).with(MOVER_FROZEN[mover], 0);
    MoverStep next = reverse ? slots.firstOfReturn() : slots.firstOfActivation();
    return known.with(MOVER_STEP[mover], next.ordinal());
  }

  private void reread(State state, int mover, Steps steps) {
    boolean reverse = state.is(MOVER_REVERSE[mover]);
    MoveState after = reverse ? MoveState.RETURN_SWITCHED : MoveState.SWITCHED;
    int actor = WRITERS + mover;
    if (deviations.contains(Deviation.UNKNOWN_SWITCH_FAILED)) {
      int from = reverse ? TARGET : SOURCE;
      State unfrozen = state.with(SLOT[from], SlotState.OWNED.ordinal());
      steps.add(actor, "takes it as failed and unfreezes", idle(unfrozen, mover));
    } else if (deviations.contains(Deviation.UNKNOWN_SWITCH_DONE)) {
      steps.add(actor, "takes it as done", activating(state, mover));
    } else if (!holds(state, mover)) {
      refused(state, mover, steps);
    } else if (move(state) == after) {
      steps.add(actor, "reads that it switched", activating(state, mover));
    } else {
      add(steps, mover, "reads that it did not switch", state, MoverStep.SWITCH);
    }
  }

  private void soak(State state, int mover, Steps steps) {
    add(steps, mover, "drains back", state.with(MOVER_REVERSE[mover], 1), MoverStep.DRAIN_LOG);
    if (deviations.contains(Deviation.FINALIZE_UNDECIDED)) {
      add(steps, mover, "begins to finalize", state, slots.firstOfFinalization());
    } else {
      record(
          state, mover, MoveState.SOAK, MoveState.FINALIZING, slots.firstOfFinalization(), steps);
    }
    if (holds(state, mover) && move(state) == MoveState.SOAK) {
      State back = state.with(MOVE, MoveState.RETURNING.ordinal()).with(MOVER_REVERSE[mover], 1);
      add(steps, mover, "decides to roll back", back, MoverStep.FREEZE);
    }
  }

  /** A compare-and-set of token and state in control. */
  private void record(
      State state, int mover, MoveState before, MoveState after, MoverStep next, Steps steps) {
    if (!holds(state, mover) || move(state) != before) {
      refused(state, mover, steps);
    } else {
      State recorded = state.with(MOVE, after.ordinal());
      State onward =
          next == MoverStep.IDLE
              ? idle(recorded, mover)
              : recorded.with(MOVER_STEP[mover], next.ordinal());
      steps.add(WRITERS + mover, "records " + after, onward);
    }
  }

  static boolean holds(State state, int mover) {
    return state.get(TOKEN) == state.get(MOVER_TOKEN[mover]);
  }

  static void add(Steps steps, int mover, String label, State state, MoverStep next) {
    steps.add(WRITERS + mover, label, state.with(MOVER_STEP[mover], next.ordinal()));
  }

  static void refused(State state, int mover, Steps steps) {
    String step = "is refused at " + moverStep(state, mover);
    steps.add(WRITERS + mover, step, idle(state, mover));
  }

  /** The mover knows nothing any more. */
  static State idle(State state, int mover) {
    long mask = 0xFFFFFFFFL << (mover * MOVER_BITS);
    return new State(state.low(), state.high() & ~mask);
  }

  /**
   * Whether an exclusive lock on the slot can be had: no writer and no mover has an open
   * transaction there.
   */
  static boolean unlocked(State state, int database) {
    for (int writer = 0; writer < WRITERS; writer++) {
      if (writerStep(state, writer) == WriterStep.WRITTEN
          && state.get(WRITER_MAP[writer]) == database) {
        return false;
      }
    }
    return noMoverIn(state, database);
  }

  static boolean noMoverIn(State state, int database) {
    for (int mover = 0; mover < MOVERS; mover++) {
      MoverStep step = moverStep(state, mover);
      boolean toSource = state.is(MOVER_REVERSE[mover]) ^ state.is(MOVER_BACK[mover]);
      int to = toSource ? SOURCE : TARGET;
      if ((step == MoverStep.COPY_WRITE || step == MoverStep.DRAIN_APPLY) && to == database) {
        return false;
      }
    }
    return true;
  }
}
