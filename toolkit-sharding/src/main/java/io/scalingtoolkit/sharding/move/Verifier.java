// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.hash.KeyHash;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.move.ChangeLog.RowKey;
import io.scalingtoolkit.sharding.move.RowCopy.Row;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Finds rows that are not the same on both sides: missing, left over, changed, or under a slot that
 * is not that of their key.
 *
 * <p>Rows are compared as Java values, so the products may differ, and neither collations nor the
 * order of keys matter. Each side is read once a pass; a pass holds the keys and 64-bit digests of
 * at most about {@value #ROWS_A_PASS} rows. A driver that reads whole results, as Connector/J does
 * by default, holds all rows of one pack of slots besides.
 *
 * <p>Confined to the thread of a mover.
 */
final class Verifier {
  private static final int ROWS_A_PASS = 200_000;
  private static final int FETCH = 1_000;
  private static final int ROWS_A_PACK = 1_000;

  private final ShardSide source;
  private final ShardSide target;
  private final ShardMap map;
  private final Beat beat;

  /** What has to be done from time to time while rows are read. */
  interface Beat {
    void beat() throws SQLException;
  }

  Verifier(ShardSide source, ShardSide target, ShardMap map) {
    this(source, target, map, () -> {});
  }

  Verifier(ShardSide source, ShardSide target, ShardMap map, Beat beat) {
    this.beat = beat;
    this.source = source;
    this.target = target;
    this.map = map;
  }

  /** The slots that have rows of a table on either side, with the larger number of rows. */
  private SortedMap<Integer, Long> counts(TableShape shape, SlotSet slots) throws SQLException {
    SortedMap<Integer, Long> counts = new TreeMap<>(source.counts(shape, slots));
    target.counts(shape, slots).forEach((slot, count) -> counts.merge(slot, count, Math::max));
    return counts;
  }

  /** Slots of a table that are to be compared, those without rows on either side left out. */
  List<SlotPack> packs(TableShape shape, SlotSet slots) throws SQLException {
    return SlotPack.of(counts(shape, slots), ROWS_A_PACK);
  }

  /** The keys whose rows differ, in slots of a table. */
  Set<RowKey> compare(TableShape shape, SlotPack pack) throws SQLException {
    int passes = (int) (pack.rows() / ROWS_A_PASS) + 1;
    Set<RowKey> different = new LinkedHashSet<>();
    for (int pass = 0; pass < passes; pass++) {
      Map<RowKey, Long> left = new HashMap<>();
      int part = pass;
      scan(
          source,
          shape,
          pack.slots(),
          row -> {
            RowKey key = RowKey.of(shape, row);
            if (Math.floorMod(key.hashCode(), passes) == part) {
              left.put(key, digest(shape, row));
              if (misplaced(shape, row)) {
                different.add(key);
              }
            }
          });
      scan(
          target,
          shape,
          pack.slots(),
          row -> {
            RowKey key = RowKey.of(shape, row);
            if (Math.floorMod(key.hashCode(), passes) == part) {
              Long expected = left.remove(key);
              if (expected == null || expected != digest(shape, row)) {
                different.add(key);
              }
            }
          });
      different.addAll(left.keySet());
    }
    return different;
  }

  /** Those of the keys whose rows are not the same on both sides now. */
  Set<RowKey> stillDifferent(RowCopy copy, Set<RowKey> keys) throws SQLException {
    List<RowKey> list = new ArrayList<>(keys);
    Map<RowKey, Row> here = source.transaction(connection -> copy.find(connection, source, list));
    Map<RowKey, Row> there = target.transaction(connection -> copy.find(connection, target, list));
    Set<RowKey> different = new LinkedHashSet<>();
    for (RowKey key : list) {
      Row left = here.get(key);
      Row right = there.get(key);
      if (left == null && right == null) {
        continue;
      }
      TableShape shape = target.shape(key.table());
      if (left == null
          || right == null
          || digest(shape, left) != digest(shape, right)
          || misplaced(shape, left)) {
        different.add(key);
      }
    }
    return different;
  }

  private static String fromSlots(SqlProduct product, TableShape shape, SlotSet slots) {
    return " from "
        + shape.quoted(product)
        + " where "
        + Dialect.in(product, product.quote(shape.table().slotColumn()), slots);
  }

  /** Gets each row. */
  private interface Each {
    void row(Row row) throws SQLException;
  }

  private void scan(ShardSide side, TableShape shape, SlotSet slots, Each each)
      throws SQLException {
    SqlProduct product = side.product();
    String sql =
        "select "
            + RowCopy.selectList(side, side.shape(shape.table().name()), shape)
            + fromSlots(product, shape, slots);
    side.execute(connection -> stream(connection, sql, shape, each));
  }

  private void stream(Connection connection, String sql, TableShape shape, Each each)
      throws SQLException {
    long count = 0;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setFetchSize(FETCH);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          @Nullable Object[] values = new @Nullable Object[shape.columns().size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = shape.columns().get(i).kind().read(rows, i + 1);
          }
          each.row(Row.of(values));
          if (++count % FETCH == 0) {
            beat.beat();
          }
        }
      }
    }
  }

  private static long digest(TableShape shape, Row row) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < row.values().size(); i++) {
      Object value = row.values().get(i);
      if (value == null) {
        text.append("-;");
      } else {
        String canonical = shape.columns().get(i).kind().canonical(value);
        text.append(canonical.length()).append(':').append(canonical).append(';');
      }
    }
    return KeyHash.of(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Whether the slot in the row is not the one that the key of the row falls into. */
  private boolean misplaced(TableShape shape, Row row) {
    Object slot = row.values().get(shape.slot());
    Object key = row.values().get(shape.key());
    if (!(slot instanceof Number number) || key == null) {
      return true;
    }
    return map.slotOf(shardKey(shape, key)) != number.intValue();
  }

  private static ShardKey shardKey(TableShape shape, Object value) {
    return switch (shape.table().keyType()) {
      case INTEGER ->
          ShardKey.of(
              value instanceof Number number
                  ? number.longValue()
                  : Long.parseLong(value.toString()));
      case TEXT -> ShardKey.of(value.toString());
      case UUID -> ShardKey.of(UUID.fromString(value.toString()));
      case BYTES -> ShardKey.of((byte[]) value);
      case ENCODED -> ShardKey.ofEncoded((byte[]) value);
    };
  }
}
