// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.move.SlotGuard;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * What the guard adds to the update of a row: two tables in one database, one of them guarded,
 * updated in turn. Microseconds of wall clock, of one connection; the median of the rounds.
 *
 * @param single an update of one row, in a transaction of many
 * @param bulk a row of one update of all rows
 * @param moving an update of one row while changed keys are noted
 */
public record GuardCost(double single, double bulk, double moving) {
  private static final int ROWS = 4_000;
  private static final int ROUNDS = 7;
  private static final double NANOS_A_MICRO = 1_000;

  /** Measures in a database that is empty. */
  public static GuardCost measure(DataSource database) throws SQLException {
    ShardMap map = ShardMap.of("here");
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      for (String table : List.of("plain", "guarded")) {
        statement.execute(
            "create table "
                + table
                + " (id bigint not null primary key, slot_id integer not null, v bigint not null)");
      }
      SlotGuard.of(ShardedTable.of("guarded", "id", ShardedTable.KeyType.INTEGER))
          .install(database, "here", map);
      connection.setAutoCommit(false);
      for (String table : List.of("plain", "guarded")) {
        fill(connection, table, map);
      }
      connection.commit();
      double single = added(connection, GuardCost::each);
      double bulk = added(connection, GuardCost::all);
      statement.execute("update tk_slot set capture = 1");
      connection.commit();
      double moving = added(connection, GuardCost::each);
      return new GuardCost(single, bulk, moving);
    }
  }

  private static void fill(Connection connection, String table, ShardMap map) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into " + table + " values (?, ?, 0)")) {
      for (long id = 0; id < ROWS; id++) {
        insert.setLong(1, id);
        insert.setInt(2, map.slotOf(id));
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** Updates all rows of a table, one way or another. */
  private interface Update {
    void of(Connection connection, String table) throws SQLException;
  }

  private static void each(Connection connection, String table) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update " + table + " set v = v + 1 where id = ?")) {
      for (long id = 0; id < ROWS; id++) {
        update.setLong(1, id);
        update.executeUpdate();
      }
    }
  }

  private static void all(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("update " + table + " set v = v + 1");
    }
  }

  private static double added(Connection connection, Update update) throws SQLException {
    List<Double> differences = new ArrayList<>();
    for (int round = 0; round <= ROUNDS; round++) {
      double plain = micros(connection, update, "plain");
      double guarded = micros(connection, update, "guarded");
      if (round > 0) { // the first one warms up
        differences.add(guarded - plain);
      }
    }
    differences.sort(null);
    return differences.get(differences.size() / 2);
  }

  private static double micros(Connection connection, Update update, String table)
      throws SQLException {
    long start = System.nanoTime();
    update.of(connection, table);
    long nanos = System.nanoTime() - start;
    connection.commit();
    return nanos / NANOS_A_MICRO / ROWS;
  }
}
