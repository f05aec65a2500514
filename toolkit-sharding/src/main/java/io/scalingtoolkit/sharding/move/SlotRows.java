// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
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
   * Slots that are alike, which are all of a group unless somebody else is at it.
   *
   * @param first the lowest of them
   * @param epoch the lowest of theirs
   * @param capture whether changes are noted
   */
  record Kind(int first, SlotState state, long epoch, long token, boolean capture) {
    boolean has(long expected) {
      return token == expected;
    }
  }

  /** What kinds there are; asked of the database, as a group may have thousands of slots. */
  static List<Kind> kinds(Connection connection, SlotSet slots) throws SQLException {
    return kinds(connection, slots, "");
  }

  /** As {@link #kinds}, and nobody changes them until the transaction ends. */
  static List<Kind> keep(Connection connection, SlotSet slots) throws SQLException {
    return kinds(connection, slots, SqlProduct.of(connection).forShare());
  }

  private static List<Kind> kinds(Connection connection, SlotSet slots, String lock)
      throws SQLException {
    // PostgreSQL locks no rows that are grouped in the same query.
    String sql =
        "select min(slot), state, min(epoch), token, capture, count(*) from (select slot, state,"
            + " epoch, token, capture from tk_slot where "
            + where(connection, slots)
            + lock
            + ") q group by state, token, capture order by 1";
    List<Kind> found = new ArrayList<>();
    int count = 0;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        found.add(
            new Kind(
                rows.getInt(1),
                SlotState.valueOf(rows.getString(2)),
                rows.getLong(3),
                rows.getLong(4),
                rows.getInt(5) == 1));
        count += rows.getInt(6);
      }
    }
    if (count != slots.size()) {
      throw new SQLException(
          "the shard knows "
              + count
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
  static void require(Connection connection, SlotSet slots, String what, Predicate<Kind> wanted)
      throws SQLException {
    for (Kind kind : kinds(connection, slots)) {
      if (!wanted.test(kind)) {
        throw new FencedException("to " + what + ", the slots must be as left, was " + kind);
      }
    }
  }

  /** Sets all at once; the caller has locked them, and has looked that they are its own. */
  static void set(Connection connection, SlotSet slots, SlotState state, boolean capture)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_slot set epoch = epoch + 1, state = ?, capture = ? where "
                + where(connection, slots))) {
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
    require(connection, slots, "take the slots", kind -> kind.token() <= token);
    Dialect.execute(
        connection, "update tk_slot set token = " + token + " where " + where(connection, slots));
  }

  private static String where(Connection connection, SlotSet slots) throws SQLException {
    return Dialect.in(SqlProduct.of(connection), "slot", slots);
  }
}
