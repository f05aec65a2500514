// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The rows of the guard for a group of slots, inside a transaction of the caller. */
final class SlotRows {
  private SlotRows() {}

  /**
   * A row.
   *
   * @param capture whether changes are noted
   */
  record Row(int slot, SlotState state, long epoch, long token, boolean capture) {
    boolean has(long expected) {
      return token == expected;
    }
  }

  static List<Row> read(Connection connection, SlotSet slots) throws SQLException {
    return read(connection, slots, "");
  }

  static List<Row> read(Connection connection, SlotSet slots, String suffix) throws SQLException {
    List<Row> found = new ArrayList<>(slots.size());
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select slot, state, epoch, token, capture from tk_slot where slot in "
                    + Dialect.list(slots)
                    + " order by slot"
                    + suffix)) {
      while (rows.next()) {
        found.add(
            new Row(
                rows.getInt(1),
                SlotState.valueOf(rows.getString(2)),
                rows.getLong(3),
                rows.getLong(4),
                rows.getInt(5) == 1));
      }
    }
    if (found.size() != slots.size()) {
      throw new SQLException(
          "the shard knows "
              + found.size()
              + " of "
              + slots.size()
              + " slots; install the guard with the current map");
    }
    return found;
  }

  /**
   * Fails unless all slots are as wanted.
   *
   * @throws FencedException if one is not: another mover has gone on, or somebody changed the rows
   */
  static void require(Connection connection, SlotSet slots, String what, Predicate<Row> wanted)
      throws SQLException {
    for (Row row : read(connection, slots)) {
      if (!wanted.test(row)) {
        throw new FencedException("to " + what + ", the slots must be as left, was " + row);
      }
    }
  }

  /** Sets all at once; the caller has locked them, and has looked that they are its own. */
  static void set(Connection connection, SlotSet slots, SlotState state, boolean capture)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_slot set epoch = epoch + 1, state = ?, capture = ? where slot in "
                + Dialect.list(slots))) {
      update.setString(1, state.name());
      update.setInt(2, capture ? 1 : 0);
      update.executeUpdate();
    }
  }

  /**
   * Makes the slots those of a mover; the caller has locked them. The token stays when the move is
   * over: no mover with a lower one gets at the slots ever again.
   *
   * @throws FencedException if a later mover was here before
   */
  static void claim(Connection connection, SlotSet slots, long token) throws SQLException {
    require(connection, slots, "take the slots", row -> row.token() <= token);
    Dialect.execute(
        connection,
        "update tk_slot set token = " + token + " where slot in " + Dialect.list(slots));
  }
}
