// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static io.scalingtoolkit.sharding.move.model.MoveFields.*;

import java.util.EnumSet;

/** The steps of a mover that touch rows and logs. Immutable. */
final class RowActions {
  private final Scope scope;
  private final EnumSet<Deviation> deviations;

  RowActions(Scope scope, EnumSet<Deviation> deviations) {
    this.scope = scope;
    this.deviations = deviations;
  }

  void copy(State state, int mover, MoverStep step, Steps steps) {
    int key = state.get(MOVER_KEY[mover]);
    switch (step) {
      case COPY_READ -> {
        int value = state.get(ROW[SOURCE][key]);
        State read = state.with(MOVER_CHUNK[mover], value);
        String label = "reads chunk " + key;
        if (deviations.contains(Deviation.ARM_AFTER_FIRST_CHUNK) && key == 0) {
          MoverActions.add(steps, mover, label, read, MoverStep.ARM_LATE);
        } else if (value == 0) {
          copied(read, mover, label, steps);
        } else if (deviations.contains(Deviation.CHUNK_WRITTEN_AFTER_DRAIN)) {
          MoverActions.add(steps, mover, label, read, MoverStep.DRAIN_LOG);
        } else {
          MoverActions.add(steps, mover, label, read, MoverStep.COPY_LOCK);
        }
      }
      case COPY_LOCK -> lock(state, mover, TARGET, MoverStep.COPY_WRITE, steps);
      default -> {
        boolean there = state.is(ROW[TARGET][key]);
        boolean writes = !there || deviations.contains(Deviation.CHUNK_UPSERT);
        int value = state.get(MOVER_CHUNK[mover]);
        State written = writes && value != 0 ? state.with(ROW[TARGET][key], value) : state;
        copied(written, mover, "writes chunk " + key + " and commits", steps);
      }
    }
  }

  private void copied(State state, int mover, String label, Steps steps) {
    int next = state.get(MOVER_KEY[mover]) + 1;
    State done = state.with(MOVER_CHUNK[mover], 0);
    if (next < scope.keys()) {
      State onward = done.with(MOVER_KEY[mover], next);
      MoverActions.add(steps, mover, label, onward, MoverStep.COPY_READ);
    } else {
      State onward = done.with(MOVER_KEY[mover], 0);
      MoverActions.add(steps, mover, label, onward, MoverStep.DRAIN_LOG);
    }
  }

  void drain(State state, int mover, MoverStep step, Steps steps) {
    boolean reverse = state.is(MOVER_REVERSE[mover]);
    int from = reverse ? TARGET : SOURCE;
    int to = 1 - from;
    boolean rowsFirst = deviations.contains(Deviation.ROWS_BEFORE_LOG);
    switch (step) {
      case DRAIN_LOG -> {
        if (rowsFirst) {
          State read = rows(state, mover, from, (1 << 3) - 1);
          MoverActions.add(steps, mover, "reads the rows", read, MoverStep.DRAIN_ROWS);
        } else {
          drainLog(state, mover, from, MoverStep.DRAIN_ROWS, steps);
        }
        leave(state, mover, steps);
      }
      case DRAIN_ROWS -> {
        boolean early = deviations.contains(Deviation.DELETE_BEFORE_APPLY);
        MoverStep next = early ? MoverStep.DRAIN_DELETE : MoverStep.DRAIN_LOCK;
        if (rowsFirst) {
          drainLog(state, mover, from, next, steps);
        } else {
          State read = rows(state, mover, from, state.get(MOVER_ENTRIES[mover]));
          MoverActions.add(steps, mover, "reads their rows", read, next);
        }
      }
      case DRAIN_LOCK -> lock(state, mover, to, MoverStep.DRAIN_APPLY, steps);
      case DRAIN_APPLY -> apply(state, mover, to, steps);
      default -> delete(state, mover, from, steps);
    }
  }

  private void drainLog(State state, int mover, int from, MoverStep next, Steps steps) {
    int entries = state.get(LOG[from]);
    if (entries != 0) {
      State read = state.with(MOVER_ENTRIES[mover], entries);
      MoverActions.add(steps, mover, "reads the log of " + MoveModel.role(from), read, next);
    } else if (state.is(MOVER_FROZEN[mover])) {
      boolean early = from == SOURCE && deviations.contains(Deviation.ACTIVATE_BEFORE_SWITCH);
      MoverStep onward = early ? MoverStep.ACTIVATE_SOURCE : MoverStep.SWITCH;
      MoverActions.add(steps, mover, "finds an empty log", forget(state, mover), onward);
    } else if (deviations.contains(Deviation.EMPTY_LOG_BEFORE_FREEZE) && from == SOURCE) {
      MoverActions.add(steps, mover, "finds an empty log", state, MoverStep.FREEZE);
    } else if (next != MoverStep.DRAIN_ROWS) {
      State again = forget(state, mover);
      MoverActions.add(steps, mover, "finds an empty log", again, MoverStep.DRAIN_LOG);
    }
  }

  /** What a mover may do instead of another round. */
  private void leave(State state, int mover, Steps steps) {
    if (state.is(MOVER_FROZEN[mover])) {
      return;
    }
    if (state.is(MOVER_REVERSE[mover])) {
      State soaking = state.with(MOVER_REVERSE[mover], 0);
      MoverActions.add(steps, mover, "leaves the log", soaking, MoverStep.SOAK);
    } else if (state.is(MOVER_CHUNK[mover])) {
      MoverActions.add(steps, mover, "goes on with the chunk", state, MoverStep.COPY_LOCK);
    } else if (!deviations.contains(Deviation.EMPTY_LOG_BEFORE_FREEZE)) {
      MoverActions.add(steps, mover, "wants to freeze", state, MoverStep.FREEZE);
    }
  }

  private State rows(State state, int mover, int from, int entries) {
    State read = state;
    for (int key = 0; key < scope.keys(); key++) {
      if ((entries & entriesOf(state, key)) != 0
          || deviations.contains(Deviation.ROWS_BEFORE_LOG)) {
        read = read.with(MOVER_ROW[mover][key], state.get(ROW[from][key]));
      }
    }
    return read;
  }

  private void lock(State state, int mover, int to, MoverStep next, Steps steps) {
    boolean token =
        state.get(SLOT_TOKEN[to]) == state.get(MOVER_TOKEN[mover])
            || deviations.contains(Deviation.TARGET_TOKEN_UNCHECKED);
    boolean importing =
        slot(state, to) == SlotState.IMPORTING
            || deviations.contains(Deviation.TARGET_STATE_UNCHECKED);
    if (token && importing) {
      String label = "passes the guard of " + MoveModel.role(to);
      MoverActions.add(steps, mover, label, state, next);
    } else {
      MoverActions.refused(state, mover, steps);
    }
  }

  private void apply(State state, int mover, int to, Steps steps) {
    State applied = state;
    int entries = state.get(MOVER_ENTRIES[mover]);
    for (int key = 0; key < scope.keys(); key++) {
      if ((entries & entriesOf(state, key)) != 0) {
        applied = applied.with(ROW[to][key], state.get(MOVER_ROW[mover][key]));
      }
    }
    String label = "applies the entries and commits";
    if (deviations.contains(Deviation.DELETE_BEFORE_APPLY)) {
      MoverActions.add(steps, mover, label, forget(applied, mover), MoverStep.DRAIN_LOG);
    } else {
      for (int key = 0; key < KEYS; key++) {
        applied = applied.with(MOVER_ROW[mover][key], 0);
      }
      MoverActions.add(steps, mover, label, applied, MoverStep.DRAIN_DELETE);
    }
  }

  private void delete(State state, int mover, int from, Steps steps) {
    if (deviations.contains(Deviation.DELETE_CHECKS_TOKEN)
        && state.get(SLOT_TOKEN[from]) != state.get(MOVER_TOKEN[mover])) {
      MoverActions.refused(state, mover, steps);
      return;
    }
    int entries = state.get(MOVER_ENTRIES[mover]);
    int deleted = entries;
    if (deviations.contains(Deviation.DELETE_UP_TO_HIGHEST)) {
      deleted = (Integer.highestOneBit(entries) << 1) - 1;
    }
    if (deviations.contains(Deviation.DELETE_WHOLE_KEY)) {
      for (int key = 0; key < scope.keys(); key++) {
        deleted |= (entries & entriesOf(state, key)) != 0 ? entriesOf(state, key) : 0;
      }
    }
    State gone = state.with(LOG[from], state.get(LOG[from]) & ~deleted);
    if (deviations.contains(Deviation.DELETE_BEFORE_APPLY)) {
      MoverActions.add(steps, mover, "deletes the entries", gone, MoverStep.DRAIN_LOCK);
    } else {
      State again = forget(gone, mover);
      MoverActions.add(steps, mover, "deletes the entries", again, MoverStep.DRAIN_LOG);
    }
  }

  private static State forget(State state, int mover) {
    State forgotten = state.with(MOVER_ENTRIES[mover], 0);
    for (int key = 0; key < KEYS; key++) {
      forgotten = forgotten.with(MOVER_ROW[mover][key], 0);
    }
    return forgotten;
  }

  /** The log entries that belong to a key. */
  private static int entriesOf(State state, int key) {
    int second = state.get(KEYS_OF_WRITES);
    return key == 1 ? second : ~second & ((1 << 3) - 1);
  }
}
