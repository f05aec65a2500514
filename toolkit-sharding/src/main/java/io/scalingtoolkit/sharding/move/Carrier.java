// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.move.ChangeLog.Batch;
import io.scalingtoolkit.sharding.move.ChangeLog.RowKey;
import io.scalingtoolkit.sharding.move.RowCopy.Row;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes one side of a move the same as the other, and finds out whether it is.
 *
 * <p>Confined to the thread of the mover.
 */
final class Carrier {
  private static final int LOG_BATCH = 1_000;
  private static final int FEW = 100;
  private static final int DRAIN_ROUNDS = 50;
  private static final int FOLLOW_ROUNDS = 5;
  private static final int COMPARE_ROUNDS = 5;
  private static final int CONFLICT_ROUNDS = 20;
  private static final int COPY_ROUNDS = 3;
  private static final int MOST_DOUBLINGS = 7;

  private final MoveContext context;
  private final Supplier<Move> move;
  private final ShardSide from;
  private final ShardSide to;

  /** The tables whose changes can be carried over. */
  private List<TableShape> ready;

  /** Rows that could not be copied yet. */
  private final Set<RowKey> postponed = new LinkedHashSet<>();

  /** Keys that changed since both sides were compared; null before. */
  private @Nullable Set<RowKey> dirty;

  /** By which rows were compared; the control database is not asked while writers are kept out. */
  private @Nullable ShardMap map;

  Carrier(MoveContext context, Supplier<Move> move, ShardSide from, ShardSide to) {
    this.context = context;
    this.move = move;
    this.from = from;
    this.to = to;
    this.ready = to.shapes();
  }

  private RowCopy rows() {
    return new RowCopy(from, to, move.get().slots());
  }

  private long token() {
    return move.get().token();
  }

  /**
   * Copies some slots of a table, and carries over what changed meanwhile in this table and those
   * before it. Changes of the tables after it wait: their rows may refer to some that are not
   * copied yet. So do those of this one if its rows refer to each other.
   */
  void copy(TableShape shape, SlotSet slots) throws SQLException {
    int ahead = to.shapes().indexOf(shape);
    ready = to.shapes().subList(0, refersToItself(shape) ? ahead : ahead + 1);
    try {
      copyReady(shape, slots);
    } finally {
      ready = to.shapes();
    }
  }

  private boolean refersToItself(TableShape shape) throws SQLException {
    return to.transaction(connection -> Reference.of(connection, to.product(), shape)).stream()
        .anyMatch(Reference::isToItself);
  }

  /** Whether rows that were read have not been written yet. */
  boolean hasPostponed() {
    return !postponed.isEmpty();
  }

  /** After all slots of a table: writes what referred to rows of it that were not there yet. */
  void writePostponed(TableShape shape) throws SQLException {
    ready = to.shapes().subList(0, to.shapes().indexOf(shape) + 1);
    try {
      for (int round = 1; hasPostponed(); round++) {
        Batch batch = read(round);
        Set<RowKey> keys = new LinkedHashSet<>(batch.keys());
        keys.addAll(postponed);
        try {
          Set<RowKey> unused = rows().applyOneByOne(List.copyOf(keys), token());
        } catch (SQLException e) {
          if (!OneByOne.isConstraint(e) || round == CONFLICT_ROUNDS) {
            throw e;
          }
          continue;
        }
        ChangeLog.delete(from, move.get().slots(), token(), batch);
        postponed.clear();
      }
    } finally {
      ready = to.shapes();
    }
  }

  /** From the log; more of it where less did not do, as rows may need what stands further on. */
  private Batch read(int round) throws SQLException {
    int limit = LOG_BATCH << Math.min(round / 2, MOST_DOUBLINGS);
    return ready.isEmpty()
        ? new Batch(List.of(), List.of())
        : ChangeLog.read(from, move.get().slots(), ready, limit);
  }

  private void copyReady(TableShape shape, SlotSet slots) throws SQLException {
    RowCopy rows = rows();
    int limit = context.options().chunkRows();
    @Nullable Object[] last = null;
    List<Row> chunk;
    do {
      chunk = copyChunk(rows, shape, slots, last, limit);
      if (!chunk.isEmpty()) {
        last = RowCopy.keyOf(shape, chunk.get(chunk.size() - 1));
        context.copied(chunk.size());
        context.beat(move.get());
        int carried = drain();
        if (carried >= LOG_BATCH || ready.size() < to.shapes().size()) {
          requireBudget(); // writers may be faster than the copy, and some changes wait
        }
      }
    } while (chunk.size() == limit);
  }

  /**
   * A chunk may need a row that another table got after it was copied, and that still stands in the
   * log; then what is in the log goes first and the chunk is read again. Or one of its own table
   * that has not been read yet; then the row waits until the table has been.
   */
  private List<Row> copyChunk(
      RowCopy rows, TableShape shape, SlotSet slots, @Nullable Object @Nullable [] last, int limit)
      throws SQLException {
    for (int round = 1; ; round++) {
      List<Row> chunk = rows.chunk(shape, slots, last, limit);
      try {
        if (!chunk.isEmpty()) {
          rows.insertAbsent(shape, chunk, token());
        }
        return chunk;
      } catch (SQLException e) {
        if (!OneByOne.isConstraint(e)) {
          throw e;
        }
        if (round == COPY_ROUNDS) {
          postponed.addAll(rows.insertPossible(shape, chunk, token()));
          return chunk;
        }
        drainMost();
      }
    }
  }

  /** Carries over what the log has now, one batch; returns how many entries that were. */
  private int drain() throws SQLException {
    for (int round = 1; ; round++) {
      Batch batch = read(round);
      if (batch.isEmpty()) {
        return 0;
      }
      try {
        apply(batch, round > 1);
      } catch (SQLException e) {
        if (!OneByOne.isConstraint(e) || round == CONFLICT_ROUNDS) {
          throw e;
        }
        // The rows are in each other's way, or need one that was written after the log was read.
        continue;
      }
      ChangeLog.delete(from, move.get().slots(), token(), batch);
      return batch.numbers().size();
    }
  }

  /** Fails if more changes wait than may. */
  void requireBudget() throws SQLException {
    context.requireBudget(ChangeLog.depth(from, move.get().slots()));
  }

  /**
   * Carries over until few changes are left.
   *
   * @return false if writers are faster
   */
  boolean drainMost() throws SQLException {
    return drain(DRAIN_ROUNDS);
  }

  /** As {@link #drainMost}, for so long that another move can wait for it. */
  boolean drainSome() throws SQLException {
    return drain(FOLLOW_ROUNDS);
  }

  private boolean drain(int rounds) throws SQLException {
    for (int round = 0; round < rounds; round++) {
      if (drain() <= FEW) {
        return true;
      }
      context.beat(move.get());
    }
    requireBudget();
    return false;
  }

  /**
   * Carries over all there is; for slots that nobody writes. The last entries are left in the log:
   * deleting them would keep writers out for longer, and the log is emptied after the switch.
   */
  void drainAll() throws SQLException {
    Batch batch = ChangeLog.read(from, move.get().slots(), ready, LOG_BATCH);
    while (batch.numbers().size() == LOG_BATCH) {
      int unused = drain();
      batch = ChangeLog.read(from, move.get().slots(), ready, LOG_BATCH);
    }
    for (int round = 1; !batch.isEmpty(); round++) {
      try {
        apply(batch, round > 1);
        return;
      } catch (SQLException e) {
        if (!OneByOne.isConstraint(e) || round == 2) {
          throw e;
        }
      }
    }
  }

  private void apply(Batch batch, boolean oneByOne) throws SQLException {
    Collection<RowKey> touched = batch.keys();
    if (oneByOne) {
      touched = rows().applyOneByOne(batch.keys(), token());
    } else {
      rows().apply(batch.keys(), token());
    }
    if (dirty != null) {
      dirty.addAll(touched);
    }
    context.copied(batch.keys().size());
  }

  /** Compares all rows; what differs and does not settle is looked at again when frozen. */
  void compareAll() throws SQLException {
    Set<RowKey> different = new LinkedHashSet<>();
    dirty = new LinkedHashSet<>();
    ShardMap current = context.ledger().map();
    map = current;
    Verifier verifier = new Verifier(from, to, current, () -> context.renew(move.get()));
    for (TableShape shape : to.shapes()) {
      for (SlotPack pack : verifier.packs(shape, move.get().slots())) {
        different.addAll(verifier.compare(shape, pack));
        context.beat(move.get());
      }
    }
    for (int round = 0; round < COMPARE_ROUNDS && !different.isEmpty(); round++) {
      drainMost();
      different = verifier.stillDifferent(rows(), different);
    }
    dirty.addAll(different);
  }

  /** Forgets the keys that are the same by now; if they change again the log will say so. */
  void settle() throws SQLException {
    if (dirty != null && !dirty.isEmpty()) {
      ShardMap current = context.ledger().map();
      map = current;
      dirty = new Verifier(from, to, current).stillDifferent(rows(), dirty);
    }
  }

  /** What differs although nobody writes and the log is empty; "" if nothing does. */
  String differences() throws SQLException {
    if (dirty == null || map == null) {
      throw new IllegalStateException("both sides must be compared before the switch");
    }
    Set<RowKey> different = new Verifier(from, to, map).stillDifferent(rows(), dirty);
    Map<String, Integer> counts = new TreeMap<>();
    different.forEach(key -> counts.merge(key.table(), 1, Integer::sum));
    return counts.isEmpty() ? "" : "rows differ between the shards, by table: " + counts;
  }
}
