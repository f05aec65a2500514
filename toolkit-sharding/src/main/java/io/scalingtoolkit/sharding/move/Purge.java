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
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Deletes the rows of slots that only the mover may write, a chunk in a transaction. */
final class Purge {
  private Purge() {}

  /** Does nothing where the slots are not importing with this token: nothing came in then. */
  static void run(ShardSide side, SlotSet slots, long token, int chunkRows, Verifier.Beat beat)
      throws SQLException {
    boolean importing =
        side.transaction(connection -> SlotRows.kinds(connection, slots)).stream()
            .allMatch(kind -> kind.state() == SlotState.IMPORTING && kind.has(token));
    if (!importing) {
      return;
    }
    List<TableShape> children = new ArrayList<>(side.shapes());
    Collections.reverse(children);
    for (TableShape shape : children) {
      // A transaction for each of thousands of slots, most of them empty, would take minutes.
      List<SlotPack> packs = SlotPack.of(side.counts(shape, slots), chunkRows);
      Change loose = detach(side, shape);
      if (loose != null) {
        repeat(
            side, packs, token, pack -> chunk(side.product(), shape, loose, pack, chunkRows), beat);
      }
      Change gone = new Change("delete from " + shape.quoted(side.product()), "");
      repeat(side, packs, token, pack -> chunk(side.product(), shape, gone, pack, chunkRows), beat);
    }
  }

  /** Pack by pack, until there is no row left to do it to. */
  private static void repeat(
      ShardSide side,
      List<SlotPack> packs,
      long token,
      Function<SlotPack, String> statement,
      Verifier.Beat beat)
      throws SQLException {
    for (SlotPack pack : packs) {
      String sql = statement.apply(pack);
      int done;
      do {
        done = side.importing(token, connection -> update(connection, sql));
        beat.beat();
      } while (done > 0);
    }
  }

  /**
   * What is done to rows.
   *
   * @param what statement up to its condition
   * @param and what holds for the rows besides their slots; "" for nothing
   */
  private record Change(String what, String and) {}

  /**
   * Lets go of rows which refer to others of their own table, as no order of deleting suits them
   * all; null if there are none. A row that may not refer to nothing refers to itself.
   */
  private static @Nullable Change detach(ShardSide side, TableShape shape) throws SQLException {
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
        ? null
        : new Change(
            "update " + shape.quoted(product) + " set " + String.join(", ", sets),
            " and (" + String.join(" or ", where) + ")");
  }

  private static int update(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return statement.executeUpdate();
    }
  }

  /** A statement over some rows of some slots. */
  private static String chunk(
      SqlProduct product, TableShape shape, Change change, SlotPack pack, int rows) {
    String table = shape.quoted(product);
    String what = change.what();
    String slot = product.quote(shape.table().slotColumn());
    String where = Dialect.in(product, slot, pack.slots()) + change.and();
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
