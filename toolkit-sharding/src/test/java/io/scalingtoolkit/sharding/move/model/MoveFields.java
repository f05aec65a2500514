// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/**
 * Where each part of a state of the {@link MoveModel} is in its two words.
 *
 * <p>Databases are numbered: 0 is the source, 1 the target. A value of a row is 0 when there is no
 * row, 1 for the row as it was at first, and n + 2 as write n left it. A log is the set of its
 * entries, the entry of write n being bit n.
 */
final class MoveFields {
  static final int SOURCE = 0;
  static final int TARGET = 1;
  static final int KEYS = 2;
  static final int WRITERS = 2;
  static final int MOVERS = 2;
  static final int FIRST_VALUE = 1;

  // Control. A move that goes back has the target as its source.
  static final Field BACK;
  static final Field MAP;
  static final Field MOVE;
  static final Field TOKEN;

  // The databases.
  static final Field[] SLOT = new Field[2];
  static final Field[] SLOT_TOKEN = new Field[2];
  static final Field[] CAPTURE = new Field[2];
  static final Field[] LOG = new Field[2];
  static final Field[][] ROW = new Field[2][KEYS];

  // History: the last acknowledged value of each key, the key of each write, the writes begun.
  static final Field[] ACKNOWLEDGED = new Field[KEYS];
  static final Field KEYS_OF_WRITES;
  static final Field WRITES;

  // Writers. The map of a writer also says in which database its transaction is.
  static final int WRITER_BITS = 7;
  static final int WRITERS_FROM;
  static final Field[] WRITER_STEP = new Field[WRITERS];
  static final Field[] WRITER_MAP = new Field[WRITERS];
  static final Field[] WRITER_DELETES = new Field[WRITERS];
  static final Field[] WRITER_LOGS = new Field[WRITERS];
  static final Field[] WRITER_ID = new Field[WRITERS];

  // Movers.
  static final int MOVER_BITS = 32;
  static final Field[] MOVER_STEP = new Field[MOVERS];
  static final Field[] MOVER_TOKEN = new Field[MOVERS];
  static final Field[] MOVER_KNOWS = new Field[MOVERS];
  static final Field[] MOVER_BACK = new Field[MOVERS];
  static final Field[] MOVER_REVERSE = new Field[MOVERS];
  static final Field[] MOVER_FROZEN = new Field[MOVERS];
  static final Field[] MOVER_KEY = new Field[MOVERS];
  static final Field[] MOVER_CHUNK = new Field[MOVERS];
  static final Field[][] MOVER_ROW = new Field[MOVERS][KEYS];
  static final Field[] MOVER_ENTRIES = new Field[MOVERS];

  static {
    Field.Layout layout = new Field.Layout();
    BACK = layout.low(1);
    MAP = layout.low(1);
    MOVE = layout.low(4);
    TOKEN = layout.low(3);
    for (int database = 0; database < 2; database++) {
      SLOT[database] = layout.low(2);
      SLOT_TOKEN[database] = layout.low(3);
      CAPTURE[database] = layout.low(1);
      LOG[database] = layout.low(3);
      for (int key = 0; key < KEYS; key++) {
        ROW[database][key] = layout.low(3);
      }
    }
    for (int key = 0; key < KEYS; key++) {
      ACKNOWLEDGED[key] = layout.low(3);
    }
    KEYS_OF_WRITES = layout.low(3);
    WRITES = layout.low(2);
    WRITERS_FROM = layout.lowUsed();
    for (int writer = 0; writer < WRITERS; writer++) {
      WRITER_STEP[writer] = layout.low(2);
      WRITER_MAP[writer] = layout.low(1);
      WRITER_DELETES[writer] = layout.low(1);
      WRITER_LOGS[writer] = layout.low(1);
      WRITER_ID[writer] = layout.low(2);
    }
    for (int mover = 0; mover < MOVERS; mover++) {
      layout.skipHighTo(mover * MOVER_BITS);
      MOVER_STEP[mover] = layout.high(6);
      MOVER_TOKEN[mover] = layout.high(3);
      MOVER_KNOWS[mover] = layout.high(4);
      MOVER_BACK[mover] = layout.high(1);
      MOVER_REVERSE[mover] = layout.high(1);
      MOVER_FROZEN[mover] = layout.high(1);
      MOVER_KEY[mover] = layout.high(1);
      MOVER_CHUNK[mover] = layout.high(3);
      for (int key = 0; key < KEYS; key++) {
        MOVER_ROW[mover][key] = layout.high(3);
      }
      MOVER_ENTRIES[mover] = layout.high(3);
    }
  }

  private MoveFields() {}

  /**
   * The state with the databases exchanged: that of a mover whose move goes back, as if its move
   * went there.
   */
  static State exchanged(State state) {
    int from = SLOT[SOURCE].shift();
    int width = SLOT[TARGET].shift() - from;
    long mask = (1L << width) - 1;
    long low = state.low();
    long source = low >>> from & mask;
    long target = low >>> (from + width) & mask;
    low &= ~(mask << from | mask << (from + width));
    State exchanged = new State(low | target << from | source << (from + width), state.high());
    exchanged = toggled(toggled(exchanged, MAP), BACK);
    for (Field map : WRITER_MAP) {
      exchanged = toggled(exchanged, map);
    }
    for (int mover = 0; mover < MOVERS; mover++) {
      boolean idle = moverStep(state, mover) == MoverStep.IDLE;
      exchanged = idle ? exchanged : toggled(exchanged, MOVER_BACK[mover]);
    }
    return exchanged;
  }

  private static State toggled(State state, Field field) {
    return state.with(field, 1 - state.get(field));
  }

  static SlotState slot(State state, int database) {
    return SlotState.of(state.get(SLOT[database]));
  }

  static MoveState move(State state) {
    return MoveState.of(state.get(MOVE));
  }

  static MoverStep moverStep(State state, int mover) {
    return MoverStep.of(state.get(MOVER_STEP[mover]));
  }

  static WriterStep writerStep(State state, int writer) {
    return WriterStep.of(state.get(WRITER_STEP[writer]));
  }

  /** The key that write {@code id} changes. */
  static int keyOf(State state, int id) {
    return state.get(KEYS_OF_WRITES) >> id & 1;
  }
}
