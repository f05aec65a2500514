// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static io.scalingtoolkit.sharding.move.model.MoveFields.*;

import java.util.EnumSet;

/** The steps of a mover that change a slot row, each under the exclusive lock. Immutable. */
final class SlotActions {
  private final EnumSet<Deviation> deviations;

  SlotActions(EnumSet<Deviation> deviations) {
    this.deviations = deviations;
  }

  MoverStep firstOfActivation() {
    return deviations.contains(Deviation.ACTIVATE_TARGET_FIRST)
        ? MoverStep.ACTIVATE_TARGET
        : MoverStep.ACTIVATE_SOURCE;
  }

  MoverStep firstOfReturn() {
    return deviations.contains(Deviation.RETURN_TARGET_FIRST)
        ? MoverStep.RETURN_TARGET
        : MoverStep.RETURN_SOURCE;
  }

  MoverStep firstOfFinalization() {
    return deviations.contains(Deviation.FINALIZE_SOURCE_FIRST)
        ? MoverStep.FINALIZE_SOURCE
        : MoverStep.FINALIZE_TARGET;
  }

  void add(State state, int mover, MoverStep step, Steps steps) {
    switch (step) {
      case INSTALL_TARGET, INSTALL_SOURCE -> install(state, mover, step, steps);
      case ARM_LATE -> {
        if (state.get(SLOT_TOKEN[SOURCE]) != state.get(MOVER_TOKEN[mover])) {
          MoverActions.refused(state, mover, steps);
        } else if (MoverActions.unlocked(state, SOURCE)) {
          State armed = state.with(CAPTURE[SOURCE], 1);
          MoverActions.add(steps, mover, "switches capture on", armed, MoverStep.COPY_LOCK);
        }
      }
      case FREEZE -> freeze(state, mover, steps);
      case ACTIVATE_SOURCE, ACTIVATE_TARGET, CAPTURE_LATE -> activate(state, mover, step, steps);
      case FINALIZE_TARGET, FINALIZE_SOURCE -> finish(state, mover, step, steps);
      case RETURN_SOURCE, RETURN_TARGET -> comeBack(state, mover, step, steps);
      case UNFREEZE_EARLY, ABORT_TARGET, ABORT_SOURCE -> abort(state, mover, step, steps);
      default -> throw new IllegalStateException("no step of a slot row: " + step);
    }
  }

  private void install(State state, int mover, MoverStep step, Steps steps) {
    int database = step == MoverStep.INSTALL_TARGET ? TARGET : SOURCE;
    int token = state.get(MOVER_TOKEN[mover]);
    MoveState knows = MoveState.of(state.get(MOVER_KNOWS[mover]));
    if (waits(state, database, knows)) {
      return;
    }
    // Tokens only grow: one that comes late is refused, even after the move has ended.
    if (state.get(SLOT_TOKEN[database]) > token
        && !deviations.contains(Deviation.INSTALL_UNCHECKED)) {
      MoverActions.refused(state, mover, steps);
      return;
    }
    boolean fresh = knows == MoveState.NONE;
    boolean skipped =
        database == SOURCE && !fresh && deviations.contains(Deviation.INSTALL_IN_TARGET_ONLY);
    State installed = skipped ? state : state.with(SLOT_TOKEN[database], token);
    boolean arms =
        fresh
            || (knows == MoveState.COPYING && !deviations.contains(Deviation.NO_ARM_AT_TAKE_OVER));
    if (arms && database == TARGET && slot(state, TARGET) == SlotState.FOREIGN) {
      installed = installed.with(SLOT[TARGET], SlotState.IMPORTING.ordinal());
    }
    if (arms && database == SOURCE && !deviations.contains(Deviation.ARM_AFTER_FIRST_CHUNK)) {
      installed = installed.with(CAPTURE[SOURCE], 1);
    }
    boolean sourceFirst = !fresh && deviations.contains(Deviation.INSTALL_SOURCE_FIRST);
    String label = "installs its token in " + MoveModel.role(database);
    if (database == (sourceFirst ? SOURCE : TARGET)) {
      MoverStep next = sourceFirst ? MoverStep.INSTALL_TARGET : MoverStep.INSTALL_SOURCE;
      MoverActions.add(steps, mover, label, installed, next);
    } else {
      steps.add(WRITERS + mover, label, resume(installed, mover, knows));
    }
  }

  private boolean waits(State state, int database, MoveState knows) {
    boolean arms = knows == MoveState.NONE || knows == MoveState.COPYING;
    if (database == SOURCE && arms && deviations.contains(Deviation.ARM_WITHOUT_WAITING)) {
      return false;
    }
    return !deviations.contains(Deviation.INSTALL_WITHOUT_WAITING)
        && !MoverActions.unlocked(state, database);
  }

  private State resume(State state, int mover, MoveState knows) {
    State known = state.with(MOVER_KNOWS[mover], 0);
    return switch (knows) {
      case NONE -> step(known, mover, MoverStep.COPY_READ);
      case COPYING -> {
        boolean drains = deviations.contains(Deviation.RESUME_AT_DRAIN);
        yield step(known, mover, drains ? MoverStep.DRAIN_LOG : MoverStep.COPY_READ);
      }
      case FROZEN -> step(known.with(MOVER_FROZEN[mover], 1), mover, MoverStep.DRAIN_LOG);
      case SWITCHED -> step(known, mover, firstOfActivation());
      case SOAK -> step(known, mover, MoverStep.SOAK);
      case FINALIZING -> step(known, mover, firstOfFinalization());
      case RETURNING -> step(known.with(MOVER_REVERSE[mover], 1), mover, MoverStep.FREEZE);
      case RETURN_FROZEN -> {
        State back = known.with(MOVER_REVERSE[mover], 1).with(MOVER_FROZEN[mover], 1);
        yield step(back, mover, MoverStep.DRAIN_LOG);
      }
      case RETURN_SWITCHED -> step(known, mover, firstOfReturn());
      default -> throw new IllegalStateException("nothing to resume in " + knows);
    };
  }

  private void freeze(State state, int mover, Steps steps) {
    boolean reverse = state.is(MOVER_REVERSE[mover]);
    int database = reverse ? TARGET : SOURCE;
    if (reverse && deviations.contains(Deviation.RETURN_WITHOUT_FREEZE)) {
      MoverActions.add(steps, mover, "does not freeze the target", state, MoverStep.RECORD_FROZEN);
      return;
    }
    // A freeze that does not get the lock gives up and tries again, which changes nothing.
    if (!MoverActions.unlocked(state, database)
        && !deviations.contains(Deviation.FREEZE_WITHOUT_WAITING)) {
      return;
    }
    SlotState slot = slot(state, database);
    boolean can = slot == SlotState.OWNED || slot == SlotState.FROZEN;
    if (can && mayChange(state, database, mover, Deviation.FREEZE_TOKEN_UNCHECKED)) {
      State frozen = state.with(SLOT[database], SlotState.FROZEN.ordinal());
      String label = "freezes " + MoveModel.role(database);
      MoverActions.add(steps, mover, label, frozen, MoverStep.RECORD_FROZEN);
    } else {
      MoverActions.refused(state, mover, steps);
    }
  }

  private void activate(State state, int mover, MoverStep step, Steps steps) {
    int database = step == MoverStep.ACTIVATE_SOURCE ? SOURCE : TARGET;
    if (!MoverActions.unlocked(state, database)) {
      return;
    }
    if (!mayChange(state, database, mover, Deviation.ACTIVATE_TOKEN_UNCHECKED)) {
      MoverActions.refused(state, mover, steps);
      return;
    }
    boolean targetFirst = deviations.contains(Deviation.ACTIVATE_TARGET_FIRST);
    MoverStep last =
        deviations.contains(Deviation.ACTIVATE_BEFORE_SWITCH)
            ? MoverStep.SWITCH
            : MoverStep.RECORD_SOAK;
    if (step == MoverStep.ACTIVATE_SOURCE) {
      // The log was found empty under the freeze, so there is nothing to empty.
      State importing =
          state.with(SLOT[SOURCE], SlotState.IMPORTING.ordinal()).with(CAPTURE[SOURCE], 0);
      MoverStep next = targetFirst ? last : MoverStep.ACTIVATE_TARGET;
      MoverActions.add(steps, mover, "makes the source import", importing, next);
    } else if (step == MoverStep.CAPTURE_LATE) {
      State capturing = state.with(CAPTURE[TARGET], 1);
      MoverActions.add(steps, mover, "makes the target capture", capturing, last);
    } else {
      boolean late = deviations.contains(Deviation.REVERSE_CAPTURE_LATE);
      State owned = state.with(SLOT[TARGET], SlotState.OWNED.ordinal());
      owned = late ? owned : owned.with(CAPTURE[TARGET], 1);
      owned =
          deviations.contains(Deviation.ACTIVATE_EMPTIES_LOG) ? owned.with(LOG[TARGET], 0) : owned;
      MoverStep after = targetFirst ? MoverStep.ACTIVATE_SOURCE : last;
      MoverActions.add(
          steps, mover, "gives the target the slot", owned, late ? MoverStep.CAPTURE_LATE : after);
    }
  }

  private void finish(State state, int mover, MoverStep step, Steps steps) {
    int database = step == MoverStep.FINALIZE_TARGET ? TARGET : SOURCE;
    if (!MoverActions.unlocked(state, database)) {
      return;
    }
    if (!mayChange(state, database, mover, Deviation.FINALIZE_TOKEN_UNCHECKED)) {
      MoverActions.refused(state, mover, steps);
      return;
    }
    boolean first = step == firstOfFinalization();
    MoverStep other = database == TARGET ? MoverStep.FINALIZE_SOURCE : MoverStep.FINALIZE_TARGET;
    MoverStep next = first ? other : MoverStep.RECORD_DONE;
    if (database == TARGET) {
      State quiet = state.with(CAPTURE[TARGET], 0).with(LOG[TARGET], 0);
      MoverActions.add(steps, mover, "switches reverse capture off", quiet, next);
    } else {
      MoverActions.add(steps, mover, "purges the source", foreign(state, SOURCE), next);
    }
  }

  private void comeBack(State state, int mover, MoverStep step, Steps steps) {
    int database = step == MoverStep.RETURN_TARGET ? TARGET : SOURCE;
    if (!MoverActions.unlocked(state, database)) {
      return;
    }
    if (!mayChange(state, database, mover, Deviation.RETURN_TOKEN_UNCHECKED)) {
      MoverActions.refused(state, mover, steps);
      return;
    }
    boolean first = step == firstOfReturn();
    MoverStep other = database == TARGET ? MoverStep.RETURN_SOURCE : MoverStep.RETURN_TARGET;
    MoverStep next = first ? other : MoverStep.RECORD_RETURNED;
    if (database == TARGET) {
      MoverActions.add(steps, mover, "purges the target", foreign(state, TARGET), next);
    } else {
      State owned = state.with(SLOT[SOURCE], SlotState.OWNED.ordinal());
      MoverActions.add(steps, mover, "gives the source the slot", owned, next);
    }
  }

  private void abort(State state, int mover, MoverStep step, Steps steps) {
    int database = step == MoverStep.ABORT_TARGET ? TARGET : SOURCE;
    boolean waits = database == SOURCE || !deviations.contains(Deviation.ABORT_WITHOUT_WAITING);
    if (waits && !MoverActions.unlocked(state, database)) {
      return;
    }
    if (step == MoverStep.UNFREEZE_EARLY) {
      State decided =
          state
              .with(TOKEN, state.get(TOKEN) + 1)
              .with(MOVER_TOKEN[mover], state.get(TOKEN) + 1)
              .with(MOVE, MoveState.ABORTING.ordinal());
      if (slot(state, SOURCE) == SlotState.OWNED) {
        boolean can = move(state) == MoveState.COPYING || move(state) == MoveState.FROZEN;
        steps.add(
            WRITERS + mover,
            can ? "decides to abort" : "is too late",
            can ? step(decided, mover, MoverStep.ABORT_TARGET) : MoverActions.idle(state, mover));
      } else {
        MoverActions.add(
            steps, mover, "unfreezes the source", owned(state), MoverStep.UNFREEZE_EARLY);
      }
      return;
    }
    int token = state.get(MOVER_TOKEN[mover]);
    if (state.get(SLOT_TOKEN[database]) > token
        && !deviations.contains(Deviation.ABORT_TOKEN_UNCHECKED)) {
      MoverActions.refused(state, mover, steps);
      return;
    }
    boolean clears = deviations.contains(Deviation.TOKEN_CLEARED);
    State installed = state.with(SLOT_TOKEN[database], clears ? 0 : token);
    boolean sourceFirst = deviations.contains(Deviation.UNFREEZE_BEFORE_TARGET);
    if (database == TARGET) {
      MoverStep next = sourceFirst ? MoverStep.RECORD_ABORTED : MoverStep.ABORT_SOURCE;
      MoverActions.add(steps, mover, "purges the target", foreign(installed, TARGET), next);
    } else {
      MoverStep next = sourceFirst ? MoverStep.ABORT_TARGET : MoverStep.RECORD_ABORTED;
      MoverActions.add(steps, mover, "gives the source its slot back", owned(installed), next);
    }
  }

  private boolean mayChange(State state, int database, int mover, Deviation unchecked) {
    return state.get(SLOT_TOKEN[database]) == state.get(MOVER_TOKEN[mover])
        || deviations.contains(unchecked);
  }

  private static State owned(State state) {
    return state
        .with(SLOT[SOURCE], SlotState.OWNED.ordinal())
        .with(CAPTURE[SOURCE], 0)
        .with(LOG[SOURCE], 0);
  }

  private static State foreign(State state, int database) {
    return state
        .with(SLOT[database], SlotState.FOREIGN.ordinal())
        .with(CAPTURE[database], 0)
        .with(LOG[database], 0)
        .with(ROW[database][0], 0)
        .with(ROW[database][1], 0);
  }

  private static State step(State state, int mover, MoverStep next) {
    return state.with(MOVER_STEP[mover], next.ordinal());
  }
}
