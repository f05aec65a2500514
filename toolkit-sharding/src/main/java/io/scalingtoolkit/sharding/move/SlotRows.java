// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rows of the guard for a group of slots, inside a transaction of the caller. */
final class SlotRows {
  private SlotRows() {}

  /**
   * A row.
   *
   * @param capture whether changes are noted
   */
  record Row(int slot, SlotState state, long epoch, @Nullable String token, boolean capture) {
    boolean has(String expected) {
      return Objects.equals(token, expected);
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
                rows.getString(4),
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

  /**
   * Sets all at once and counts the epoch on, so that whoever read the slots before knows that they
   * changed; the caller has locked them.
   */
  static void set(
      Connection connection,
      SlotSet slots,
      SlotState state,
      @Nullable String token,
      boolean capture)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_slot set epoch = epoch + 1, state = ?, token = ?, capture = ? where slot in "
                + Dialect.list(slots))) {
      update.setString(1, state.name());
      if (token == null) {
        update.setNull(2, Types.VARCHAR);
      } else {
        update.setString(2, token);
      }
      update.setInt(3, capture ? 1 : 0);
      update.executeUpdate();
    }
  }

  /**
   * Hands the slots that a mover has to another one; the caller has locked them. A slot has at most
   * one move, so any token there is one of this move.
   */
  static void passToken(Connection connection, SlotSet slots, String token) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_slot set token = ? where token is not null and slot in "
                + Dialect.list(slots))) {
      update.setString(1, token);
      update.executeUpdate();
    }
  }
}
