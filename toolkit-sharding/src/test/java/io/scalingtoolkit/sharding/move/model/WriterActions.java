// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import static io.scalingtoolkit.sharding.move.model.MoveFields.*;

import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/** The steps of the writers. Immutable. */
final class WriterActions {
  private final Scope scope;
  private final EnumSet<Deviation> deviations;

  WriterActions(Scope scope, EnumSet<Deviation> deviations) {
    this.scope = scope;
    this.deviations = deviations;
  }

  void add(State state, int writer, Steps steps) {
    switch (writerStep(state, writer)) {
      case IDLE -> begin(state, writer, steps);
      case CHECKED -> write(state, writer, steps);
      case WRITTEN -> {
        commit(state, writer, steps);
        steps.add(writer, "rolls back", clear(state, writer));
      }
      case LOGGING -> {
        int database = state.get(WRITER_MAP[writer]);
        State logged = log(state, database, state.get(WRITER_ID[writer]));
        steps.add(writer, "logs its change", clear(logged, writer));
      }
    }
  }

  private void begin(State state, int writer, Steps steps) {
    if (state.get(WRITES) == scope.writes()) {
      return;
    }
    int database = state.get(WRITER_MAP[writer]);
    if (slot(state, database) != SlotState.OWNED) {
      // A writer that is refused again and again does not change the state.
      State refreshed = state.with(WRITER_MAP[writer], state.get(MAP));
      steps.add(writer, "is refused and reads the map", refreshed);
      return;
    }
    State passed = state.with(WRITER_LOGS[writer], state.get(CAPTURE[database]));
    if (deviations.contains(Deviation.FENCE_READ_BEFORE_LOCK)) {
      State checked = passed.with(WRITER_STEP[writer], WriterStep.CHECKED.ordinal());
      steps.add(writer, "passes the guard without a lock", checked);
    } else {
      write(passed, writer, steps);
    }
  }

  private void write(State state, int writer, Steps steps) {
    if (state.get(WRITES) == scope.writes()) {
      return;
    }
    int id = state.get(WRITES);
    int database = state.get(WRITER_MAP[writer]);
    for (int key = 0; key < scope.keys(); key++) {
      if (rowLocked(state, database, key)) {
        continue;
      }
      State written =
          state
              .with(WRITES, id + 1)
              .with(KEYS_OF_WRITES, state.get(KEYS_OF_WRITES) | key << id)
              .with(WRITER_STEP[writer], WriterStep.WRITTEN.ordinal())
              .with(WRITER_ID[writer], id);
      steps.add(writer, "locks the slot, puts key " + key + " (write " + id + ")", written);
      if (scope.deletes() && state.is(ROW[database][key])) {
        State deleted = written.with(WRITER_DELETES[writer], 1);
        steps.add(writer, "locks the slot, deletes key " + key + " (write " + id + ")", deleted);
      }
    }
  }

  private void commit(State state, int writer, Steps steps) {
    int database = state.get(WRITER_MAP[writer]);
    int id = state.get(WRITER_ID[writer]);
    int key = keyOf(state, id);
    int value = state.is(WRITER_DELETES[writer]) ? 0 : id + 2;
    boolean logs = state.is(WRITER_LOGS[writer]);
    State committed = state.with(ROW[database][key], value).with(ACKNOWLEDGED[key], value);
    if (logs && deviations.contains(Deviation.LOG_AFTER_COMMIT)) {
      committed =
          committed
              .with(WRITER_STEP[writer], WriterStep.LOGGING.ordinal())
              .with(WRITER_DELETES[writer], 0);
    } else {
      committed = clear(logs ? log(committed, database, id) : committed, writer);
    }
    steps.add(writer, "commits write " + id, committed, refused(state, database));
  }

  private static @Nullable String refused(State state, int database) {
    SlotState slot = slot(state, database);
    return slot == SlotState.OWNED
        ? null
        : "I4: a write is committed in " + MoveModel.name(database) + ", which is " + slot;
  }

  private State log(State state, int database, int id) {
    int log = state.get(LOG[database]);
    int bit = deviations.contains(Deviation.LOG_IDS_REUSED) ? Integer.highestOneBit(log) << 1 : 0;
    int entry = deviations.contains(Deviation.LOG_IDS_REUSED) ? Math.max(bit, 1) : 1 << id;
    return state.with(LOG[database], log | entry);
  }

  private static boolean rowLocked(State state, int database, int key) {
    for (int other = 0; other < WRITERS; other++) {
      if (writerStep(state, other) == WriterStep.WRITTEN
          && state.get(WRITER_MAP[other]) == database
          && keyOf(state, state.get(WRITER_ID[other])) == key) {
        return true;
      }
    }
    return false;
  }

  private static State clear(State state, int writer) {
    return state
        .with(WRITER_STEP[writer], WriterStep.IDLE.ordinal())
        .with(WRITER_DELETES[writer], 0)
        .with(WRITER_LOGS[writer], 0)
        .with(WRITER_ID[writer], 0);
  }
}
