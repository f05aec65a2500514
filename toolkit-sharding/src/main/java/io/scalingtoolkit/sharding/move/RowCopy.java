// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.move.ChangeLog.RowKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Carries rows from one side to the other: chunk by chunk in the order of the primary key, and
 * changed ones by their keys.
 *
 * <p>Confined to the thread of a mover.
 */
final class RowCopy {
  private static final int KEYS_A_QUERY = 50;

  private final ShardSide from;
  private final ShardSide to;
  private final SlotSet slots;

  RowCopy(ShardSide from, ShardSide to, SlotSet slots) {
    this.from = from;
    this.to = to;
    this.slots = slots;
  }

  /** Values of the columns of the receiving table, in its order. */
  record Row(List<@Nullable Object> values) {
    static Row of(@Nullable Object[] values) {
      return new Row(Collections.unmodifiableList(Arrays.asList(values)));
    }
  }

  /**
   * The next rows of some slots after a key.
   *
   * @param last the primary key after which to go on; null at the beginning
   */
  List<Row> chunk(TableShape target, SlotSet some, @Nullable Object @Nullable [] last, int limit)
      throws SQLException {
    TableShape source = from.shape(target.table().name());
    SqlProduct product = from.product();
    String keys = source.keyList(product);
    String sql =
        "select "
            + selectList(from, source, target)
            + " from "
            + source.quoted(product)
            + " where "
            + Dialect.in(product, product.quote(source.table().slotColumn()), some)
            + (last == null ? "" : " and (" + keys + ") > (" + "?, ".repeat(last.length - 1) + "?)")
            + " order by "
            + keys
            + " limit "
            + limit;
    return from.transaction(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; last != null && i < last.length; i++) {
              bind(statement, 1 + i, source.keyColumns().get(i), last[i], product);
            }
            return rows(statement, target);
          }
        });
  }

  /** The columns of a side, in the order of the target. MySQL rounds single floats it prints. */
  static String selectList(ShardSide side, TableShape shape, TableShape target) {
    Set<String> singleFloats =
        shape.columns().stream()
            .filter(TableShape.Column::singleFloat)
            .map(TableShape.Column::name)
            .collect(Collectors.toSet());
    return target.columnNames().stream()
        .map(name -> side.product().quote(name) + (singleFloats.contains(name) ? " + 0e0" : ""))
        .collect(Collectors.joining(", "));
  }

  private static List<Row> rows(PreparedStatement statement, TableShape shape) throws SQLException {
    List<Row> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        @Nullable Object[] values = new @Nullable Object[shape.columns().size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = shape.columns().get(i).kind().read(rows, i + 1);
        }
        found.add(Row.of(values));
      }
    }
    return found;
  }

  private static void bind(
      PreparedStatement statement,
      int index,
      TableShape.Column column,
      @Nullable Object value,
      SqlProduct product)
      throws SQLException {
    if (value == null) {
      statement.setNull(index, Types.NULL);
    } else {
      column.kind().bind(statement, index, value, product);
    }
  }

  /** The primary key of a row that was read for the target. */
  static @Nullable Object[] keyOf(TableShape target, Row row) {
    @Nullable Object[] key = new @Nullable Object[target.primaryKey().size()];
    for (int i = 0; i < key.length; i++) {
      key[i] = row.values().get(target.primaryKey().get(i));
    }
    return key;
  }

  /** Inserts the rows of a chunk whose keys the target has not got yet. */
  void insertAbsent(TableShape target, List<Row> rows, long token) throws SQLException {
    int unused =
        to.importing(
            token,
            connection -> {
              write(connection, target, to.dialect().insertIfAbsent(target), rows);
              return rows.size();
            });
  }

  /** As {@link #insertAbsent}, of those that meet no constraint; returns the keys of the others. */
  List<RowKey> insertPossible(TableShape target, List<Row> rows, long token) throws SQLException {
    List<RowKey> others = new ArrayList<>();
    int unused =
        to.importing(
            token,
            connection -> {
              others.addAll(new OneByOne(this, from, to, connection).insert(target, rows));
              return rows.size();
            });
    return others;
  }

  void write(Connection connection, TableShape target, String sql, List<Row> rows)
      throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (Row row : rows) {
        for (int i = 0; i < row.values().size(); i++) {
          bind(statement, i + 1, target.columns().get(i), row.values().get(i), to.product());
        }
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /**
   * Makes the rows of these keys on the target what they are on the source now: there, changed or
   * gone. Parents come before children, and go after them.
   *
   * @throws SQLException of a constraint, if the rows are in each other's way: {@link
   *     #applyOneByOne}
   */
  void apply(List<RowKey> keys, long token) throws SQLException {
    Map<RowKey, Row> present = from.transaction(connection -> find(connection, from, keys));
    int unused =
        to.importing(
            token,
            connection -> {
              write(connection, keys, present);
              delete(connection, keys, present.keySet());
              return keys.size();
            });
  }

  /** As {@link #apply}, for any rows; returns those that were touched. */
  Set<RowKey> applyOneByOne(List<RowKey> keys, long token) throws SQLException {
    Map<RowKey, Row> present = from.transaction(connection -> find(connection, from, keys));
    Set<RowKey> touched = new HashSet<>();
    int unused =
        to.importing(
            token,
            connection -> {
              touched.addAll(new OneByOne(this, from, to, connection).apply(keys, present));
              return touched.size();
            });
    return touched;
  }

  /** The rows of the target that refer to one by a foreign key, which is given by its columns. */
  List<RowKey> referring(Connection connection, List<Reference> foreignKey, RowKey key)
      throws SQLException {
    TableShape child = foreignKey.get(0).child();
    TableShape parent = to.shape(key.table());
    SqlProduct product = to.product();
    List<String> on = new ArrayList<>();
    for (Reference each : foreignKey) {
      String other =
          each.parentColumn().isEmpty()
              ? parent.keyColumns().get(on.size()).name()
              : each.parentColumn();
      on.add("c." + product.quote(each.column()) + " = p." + product.quote(other));
    }
    String keys =
        child.keyColumns().stream()
            .map(each -> "c." + product.quote(each.name()))
            .collect(Collectors.joining(", "));
    String where =
        parent.keyColumns().stream()
            .map(each -> "p." + product.quote(each.name()) + " = ?")
            .collect(Collectors.joining(" and "));
    String sql =
        "select %s from %s c join %s p on %s where %s"
            .formatted(
                keys,
                child.quoted(product),
                parent.quoted(product),
                String.join(" and ", on),
                where);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int unused = bindKey(statement, 1, parent, key, product);
      List<RowKey> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          List<@Nullable String> values = new ArrayList<>();
          for (int i = 0; i < child.keyColumns().size(); i++) {
            ColumnKind kind = child.keyColumns().get(i).kind();
            Object value = kind.read(rows, i + 1);
            values.add(value == null ? null : kind.canonical(value));
          }
          found.add(new RowKey(child.table().name(), values));
        }
      }
      return found;
    }
  }

  private void write(Connection connection, List<RowKey> keys, Map<RowKey, Row> present)
      throws SQLException {
    for (TableShape target : to.shapes()) {
      List<Row> rows = new ArrayList<>();
      for (RowKey key : ofTable(keys, target)) {
        Row row = present.get(key);
        if (row != null) {
          rows.add(row);
        }
      }
      write(connection, target, to.dialect().upsert(target), rows);
    }
  }

  private void delete(Connection connection, List<RowKey> keys, Set<RowKey> present)
      throws SQLException {
    List<TableShape> backwards = new ArrayList<>(to.shapes());
    Collections.reverse(backwards);
    for (TableShape target : backwards) {
      delete(
          connection,
          target,
          ofTable(keys, target).stream().filter(key -> !present.contains(key)).toList());
    }
  }

  /** The rows of these keys on a side, of the slots of this move only. */
  Map<RowKey, Row> find(Connection connection, ShardSide side, List<RowKey> keys)
      throws SQLException {
    Map<RowKey, Row> found = new HashMap<>();
    for (TableShape target : to.shapes()) {
      List<RowKey> own = ofTable(keys, target);
      for (int i = 0; i < own.size(); i += KEYS_A_QUERY) {
        find(
            connection,
            side,
            target,
            own.subList(i, Math.min(own.size(), i + KEYS_A_QUERY)),
            found);
      }
      // What a case-insensitive key found under another spelling is there too: ask key by key.
      boolean spelled =
          target.keyColumns().stream().anyMatch(column -> column.kind().hasSpellings());
      for (RowKey key : own) {
        if (spelled && !found.containsKey(key)) {
          Map<RowKey, Row> single = new HashMap<>();
          find(connection, side, target, List.of(key), single);
          single.values().forEach(row -> found.put(key, row));
        }
      }
    }
    return found;
  }

  static List<RowKey> ofTable(List<RowKey> keys, TableShape shape) {
    return keys.stream().filter(key -> key.table().equals(shape.table().name())).toList();
  }

  private void find(
      Connection connection,
      ShardSide side,
      TableShape target,
      List<RowKey> keys,
      Map<RowKey, Row> found)
      throws SQLException {
    TableShape shape = side.shape(target.table().name());
    String sql =
        "select "
            + selectList(side, shape, target)
            + " from "
            + shape.quoted(side.product())
            + " where "
            + whereKeys(shape, side.product(), keys.size());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int index = 1;
      for (RowKey key : keys) {
        index = bindKey(statement, index, shape, key, side.product());
      }
      for (Row row : rows(statement, target)) {
        Object slot = row.values().get(target.slot());
        if (slot instanceof Number number && slots.contains(number.intValue())) {
          found.put(RowKey.of(target, row), row);
        }
      }
    }
  }

  private static String whereKeys(TableShape shape, SqlProduct product, int count) {
    if (shape.keyColumns().size() == 1) {
      return shape.keyList(product) + " in (" + "?, ".repeat(count - 1) + "?)";
    }
    String where = '(' + whereKey(shape, product) + ')';
    return (where + " or ").repeat(count - 1) + where;
  }

  private static String whereKey(TableShape shape, SqlProduct product) {
    List<String> parts = new ArrayList<>();
    for (TableShape.Column column : shape.keyColumns()) {
      parts.add(product.quote(column.name()) + " = ?");
    }
    return String.join(" and ", parts);
  }

  /** Returns the index after the key. */
  private static int bindKey(
      PreparedStatement statement, int first, TableShape shape, RowKey key, SqlProduct product)
      throws SQLException {
    int index = first;
    for (String text : key.values()) {
      TableShape.Column column = shape.keyColumns().get(index - first);
      bind(statement, index++, column, text == null ? null : column.kind().parse(text), product);
    }
    return index;
  }

  void delete(Connection connection, TableShape target, List<RowKey> keys) throws SQLException {
    if (keys.isEmpty()) {
      return;
    }
    String sql =
        "delete from "
            + target.quoted(to.product())
            + " where "
            + whereKey(target, to.product())
            + " and "
            + Dialect.in(to.product(), to.product().quote(target.table().slotColumn()), slots);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (RowKey key : keys) {
        bindKey(statement, 1, target, key, to.product());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }
}
