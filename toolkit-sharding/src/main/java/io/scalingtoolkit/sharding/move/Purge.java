// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Deletes the rows of slots that only the mover may write, a chunk in a transaction. */
final class Purge {
  private Purge() {}

  /** Does nothing where the slots are not importing with this token: nothing came in then. */
  static void run(ShardSide side, SlotSet slots, long token, int chunkRows, Verifier.Beat beat)
      throws SQLException {
    boolean importing =
        side.transaction(connection -> SlotRows.read(connection, slots)).stream()
            .allMatch(row -> row.state() == SlotState.IMPORTING && row.has(token));
    if (!importing) {
      return;
    }
    List<TableShape> children = new ArrayList<>(side.shapes());
    Collections.reverse(children);
    for (TableShape shape : children) {
      // A transaction for each of thousands of empty slots would take minutes.
      Set<Integer> filled = side.counts(shape, slots).keySet();
      String loose = detach(side, shape, chunkRows);
      if (!loose.isEmpty()) {
        repeat(side, filled, token, loose, beat);
      }
      String gone = "delete from " + shape.quoted(side.product());
      repeat(side, filled, token, chunk(side.product(), shape, gone, "", chunkRows), beat);
    }
  }

  /** Slot by slot, until there is no row left to do it to. */
  private static void repeat(
      ShardSide side, Set<Integer> slots, long token, String sql, Verifier.Beat beat)
      throws SQLException {
    for (int slot : slots) {
      int done;
      do {
        done = side.importing(token, connection -> update(connection, sql, slot));
        beat.beat();
      } while (done > 0);
    }
  }

  /**
   * SQL that lets go of rows which refer to others of their own table, as no order of deleting
   * suits them all; "" if there are none. A row that may not refer to nothing refers to itself.
   */
  private static String detach(ShardSide side, TableShape shape, int chunkRows)
      throws SQLException {
    SqlProduct product = side.product();
    Set<String> key =
        shape.keyColumns().stream().map(TableShape.Column::name).collect(Collectors.toSet());
    List<String> sets = new ArrayList<>();
    List<String> where = new ArrayList<>();
    for (Reference each :
        side.transaction(connection -> Reference.of(connection, product, shape))) {
      boolean fixed =
          key.contains(each.column()) || each.column().equals(shape.table().slotColumn());
      if (!each.isToItself() || fixed) {
        continue;
      }
      String column = product.quote(each.column());
      String other = each.nullable() ? "null" : product.quote(each.parentColumn());
      sets.add(column + " = " + other);
      where.add(each.nullable() ? column + " is not null" : column + " <> " + other);
    }
    return sets.isEmpty()
        ? ""
        : chunk(
            product,
            shape,
            "update " + shape.quoted(product) + " set " + String.join(", ", sets),
            " and (" + String.join(" or ", where) + ")",
            chunkRows);
  }

  private static int update(Connection connection, String sql, int slot) throws SQLException {
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setInt(1, slot);
      return delete.executeUpdate();
    }
  }

  /** A statement over some rows of a slot. */
  private static String chunk(
      SqlProduct product, TableShape shape, String what, String and, int rows) {
    String table = shape.quoted(product);
    String where = product.quote(shape.table().slotColumn()) + " = ?" + and;
    return switch (product) {
      case POSTGRESQL ->
          "%s where ctid = any (array(select ctid from %s where %s limit %d))"
              .formatted(what, table, where, rows);
      case MARIADB, MYSQL -> "%s where %s limit %d".formatted(what, where, rows);
      // Not by row numbers: not all tables have them, and a column may have their name.
      case SQLITE ->
          "%1$s where (%5$s) in (select %5$s from %2$s where %3$s limit %4$d)"
              .formatted(what, table, where, rows, shape.keyList(product));
    };
  }
}
