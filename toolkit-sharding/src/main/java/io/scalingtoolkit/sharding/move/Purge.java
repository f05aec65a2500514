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
      for (int slot : side.counts(shape, slots).keySet()) {
        String sql = chunk(side.product(), shape, chunkRows);
        int deleted;
        do {
          deleted = side.importing(token, connection -> delete(connection, sql, slot));
          beat.beat();
        } while (deleted > 0);
      }
    }
  }

  private static int delete(Connection connection, String sql, int slot) throws SQLException {
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setInt(1, slot);
      return delete.executeUpdate();
    }
  }

  private static String chunk(SqlProduct product, TableShape shape, int rows) {
    String table = shape.quoted(product);
    String slot = product.quote(shape.table().slotColumn()) + " = ?";
    return switch (product) {
      case POSTGRESQL ->
          "delete from %1$s where ctid = any (array(select ctid from %1$s where %2$s limit %3$d))"
              .formatted(table, slot, rows);
      case MARIADB, MYSQL -> "delete from %s where %s limit %d".formatted(table, slot, rows);
      // Not by row numbers: not all tables have them, and a column may have their name.
      case SQLITE ->
          "delete from %1$s where (%4$s) in (select %4$s from %1$s where %2$s limit %3$d)"
              .formatted(table, slot, rows, shape.keyList(product));
    };
  }
}
