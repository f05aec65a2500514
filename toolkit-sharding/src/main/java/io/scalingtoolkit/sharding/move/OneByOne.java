// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.move.ChangeLog.RowKey;
import io.scalingtoolkit.sharding.move.RowCopy.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Carries changes over one at a time, in one transaction of the target, where together they met a
 * constraint: each is tried again as long as others come through, whatever the order is in which
 * they need each other. What is left then are rows that take unique values from each other in a
 * circle; those go, with the rows that refer to them, before they come again.
 *
 * <p>Confined to the thread of a mover.
 */
final class OneByOne {
  private final RowCopy rows;
  private final ShardSide from;
  private final ShardSide to;
  private final Connection target;
  private @Nullable SQLException last;

  OneByOne(RowCopy rows, ShardSide from, ShardSide to, Connection target) {
    this.rows = rows;
    this.from = from;
    this.to = to;
    this.target = target;
  }

  /** Whether a row stands in the way of another. */
  static boolean isConstraint(SQLException failure) {
    for (Throwable each = failure; each instanceof SQLException sql; each = each.getCause()) {
      String state = sql.getSQLState();
      // The driver of SQLite has no states, and the code of a constraint with the kind above it.
      if (state == null ? (sql.getErrorCode() & 0xff) == 19 : state.startsWith("23")) {
        return true;
      }
    }
    return false;
  }

  /** Does something with a row. */
  private interface Change {
    void of(RowKey key) throws SQLException;
  }

  /**
   * As {@link RowCopy#apply}.
   *
   * @return all rows that were touched
   * @throws SQLException of a constraint that holds for what the source has now: it has changed
   *     since it was read, or the target has more constraints
   */
  Set<RowKey> apply(List<RowKey> keys, Map<RowKey, Row> present) throws SQLException {
    Set<RowKey> touched = new LinkedHashSet<>(keys);
    List<RowKey> stuck = repeat(ordered(keys), key -> write(key, present));
    if (stuck.isEmpty()) {
      return touched;
    }
    List<RowKey> circle = withReferring(stuck);
    touched.addAll(circle);
    Map<RowKey, Row> again =
        new HashMap<>(from.transaction(connection -> rows.find(connection, from, circle)));
    Collections.reverse(circle);
    mustEnd(repeat(circle, this::delete));
    mustEnd(repeat(ordered(circle), key -> write(key, again)));
    return touched;
  }

  /** Inserts the rows that can be, if they are not there; returns the others. */
  List<RowKey> insert(TableShape shape, List<Row> some) throws SQLException {
    Map<RowKey, Row> byKey = new LinkedHashMap<>();
    some.forEach(row -> byKey.put(RowKey.of(shape, row), row));
    String sql = to.dialect().insertIfAbsent(shape);
    return repeat(
        List.copyOf(byKey.keySet()),
        key -> rows.write(target, shape, sql, List.of(Objects.requireNonNull(byKey.get(key)))));
  }

  private void write(RowKey key, Map<RowKey, Row> present) throws SQLException {
    Row row = present.get(key);
    if (row == null) {
      delete(key);
    } else {
      TableShape shape = to.shape(key.table());
      rows.write(target, shape, to.dialect().upsert(shape), List.of(row));
    }
  }

  private void delete(RowKey key) throws SQLException {
    rows.delete(target, to.shape(key.table()), List.of(key));
  }

  /** Those of a table before those of the tables after it. */
  private List<RowKey> ordered(List<RowKey> keys) {
    List<RowKey> ordered = new ArrayList<>(keys.size());
    to.shapes().forEach(shape -> ordered.addAll(RowCopy.ofTable(keys, shape)));
    return ordered;
  }

  /** Tries each until no more come through, to and fro; returns those that did not. */
  private List<RowKey> repeat(List<RowKey> keys, Change change) throws SQLException {
    List<RowKey> waiting = keys;
    while (true) {
      List<RowKey> stuck = new ArrayList<>();
      for (RowKey key : waiting) {
        Savepoint before = target.setSavepoint();
        try {
          change.of(key);
          target.releaseSavepoint(before);
        } catch (SQLException e) {
          if (!isConstraint(e)) {
            throw e;
          }
          target.rollback(before);
          last = e;
          stuck.add(key);
        }
      }
      if (stuck.isEmpty() || stuck.size() == waiting.size()) {
        return stuck;
      }
      Collections.reverse(stuck);
      waiting = stuck;
    }
  }

  private void mustEnd(List<RowKey> stuck) throws SQLException {
    if (!stuck.isEmpty() && last != null) {
      throw last;
    }
  }

  /** The rows, and those of the target that refer to them, and to those. */
  private List<RowKey> withReferring(List<RowKey> stuck) throws SQLException {
    Set<RowKey> all = new LinkedHashSet<>(stuck);
    List<List<Reference>> foreignKeys = foreignKeys();
    List<RowKey> waiting = stuck;
    while (!waiting.isEmpty()) {
      List<RowKey> found = new ArrayList<>();
      for (RowKey key : waiting) {
        for (List<Reference> foreignKey : foreignKeys) {
          if (foreignKey.get(0).parent().equals(key.table())) {
            rows.referring(target, foreignKey, key).stream().filter(all::add).forEach(found::add);
          }
        }
      }
      waiting = found;
    }
    return new ArrayList<>(all);
  }

  /** The foreign keys between the tables, each with its columns. */
  private List<List<Reference>> foreignKeys() throws SQLException {
    Map<List<String>, List<Reference>> found = new HashMap<>();
    for (TableShape shape : to.shapes()) {
      for (Reference each : Reference.of(target, to.product(), shape)) {
        List<String> name = List.of(shape.table().name(), each.name(), each.parent());
        found.computeIfAbsent(name, unused -> new ArrayList<>()).add(each);
      }
    }
    return List.copyOf(found.values());
  }
}
