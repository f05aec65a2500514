// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a shard that have changed while their slots move.
 *
 * <p>A queue without an order: entries that can be seen are taken and those very ones deleted. A
 * position is never kept, as numbers become visible out of turn: of two transactions the one that
 * drew the lower number may commit last.
 */
final class ChangeLog {
  private static final int NUMBERS_A_DELETE = 250;

  private ChangeLog() {}

  /**
   * The key of a changed row.
   *
   * @param table its table
   * @param values of the primary key, in the order of the key, as {@link ColumnKind#canonical} text
   */
  record RowKey(String table, List<@Nullable String> values) {
    static RowKey of(TableShape shape, RowCopy.Row row) {
      List<@Nullable String> values = new ArrayList<>();
      for (int column : shape.primaryKey()) {
        Object value = row.values().get(column);
        values.add(value == null ? null : shape.columns().get(column).kind().canonical(value));
      }
      return new RowKey(shape.table().name(), values);
    }
  }

  /**
   * What was taken from the log.
   *
   * @param numbers of the entries, to delete them by
   * @param keys each once, in the order of their last change
   */
  record Batch(List<Long> numbers, List<RowKey> keys) {
    boolean isEmpty() {
      return numbers.isEmpty();
    }
  }

  /**
   * Up to {@code limit} entries of these slots and tables.
   *
   * @param tables at least one
   */
  static Batch read(ShardSide side, SlotSet slots, Collection<TableShape> tables, int limit)
      throws SQLException {
    String names =
        tables.stream()
            .map(each -> "'" + each.table().name().replace("'", "''") + "'")
            .collect(Collectors.joining(", ", "(", ")"));
    return side.transaction(
        connection -> {
          List<Long> numbers = new ArrayList<>();
          Map<RowKey, Boolean> keys = new LinkedHashMap<>();
          try (Statement statement = connection.createStatement();
              ResultSet rows =
                  statement.executeQuery(
                      "select seq, tab, k1, k2, k3, k4 from tk_log where "
                          + Dialect.in(side.product(), "slot", slots)
                          + " and tab in "
                          + names
                          + " order by seq limit "
                          + limit)) {
            while (rows.next()) {
              numbers.add(rows.getLong(1));
              RowKey key = key(side, rows);
              keys.remove(key);
              keys.put(key, true);
            }
          }
          return new Batch(numbers, List.copyOf(keys.keySet()));
        });
  }

  private static RowKey key(ShardSide side, ResultSet rows) throws SQLException {
    String table = rows.getString(2);
    List<TableShape.Column> columns = side.shape(table).keyColumns();
    List<@Nullable String> values = new ArrayList<>(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      ColumnKind kind = columns.get(i).kind();
      String text = rows.getString(3 + i);
      values.add(text == null ? null : kind.canonical(kind.parse(text)));
    }
    return new RowKey(table, values);
  }

  /**
   * Deletes the entries of a batch whose keys have been carried over.
   *
   * @throws FencedException if the slots have another token: then the entries are another mover's
   */
  static void delete(ShardSide side, SlotSet slots, long token, Batch batch) throws SQLException {
    side.execute(
        connection -> {
          for (SlotRows.Kind kind : SlotRows.keep(connection, slots)) {
            if (!kind.has(token)) {
              throw new FencedException(
                  "the log of " + side.name() + " has another mover: " + kind);
            }
          }
          for (int i = 0; i < batch.numbers().size(); i += NUMBERS_A_DELETE) {
            List<Long> some =
                batch.numbers().subList(i, Math.min(batch.numbers().size(), i + NUMBERS_A_DELETE));
            String list = some.stream().map(String::valueOf).collect(Collectors.joining(", "));
            Dialect.execute(connection, "delete from tk_log where seq in (" + list + ')');
          }
        });
  }

  /** Deletes all entries of slots whose changes are of no use any more. */
  static void clear(Connection connection, SlotSet slots) throws SQLException {
    Dialect.execute(
        connection,
        "delete from tk_log where " + Dialect.in(SqlProduct.of(connection), "slot", slots));
  }

  /** How many entries there are for these slots. */
  static long depth(ShardSide side, SlotSet slots) throws SQLException {
    return side.transaction(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet rows =
                  statement.executeQuery(
                      "select count(*) from tk_log where "
                          + Dialect.in(side.product(), "slot", slots))) {
            rows.next();
            return rows.getLong(1);
          }
        });
  }
}
