// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import io.scalingtoolkit.sharding.map.ShardMap;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** The SQLite file as a shard that users move away from, or back to. */
final class MovableFile {

  /** Its name in the map. */
  static final String NAME = "sqlite";

  private static final String REFUSE =
      """
      CREATE TRIGGER %2$s BEFORE %3$s ON %1$s WHEN NOT EXISTS (
        SELECT 1 FROM tk_slot WHERE slot = OLD.slot_id AND state = 'IMPORTING'
          AND token = (SELECT token FROM tk_mover))
      BEGIN
        SELECT RAISE(ABORT, '%1$s is append-only');
      END""";

  private MovableFile() {}

  /**
   * Installs the guard, and audit triggers that let the mover by. They are no migration, because
   * they need the tables of the guard, which a file that stays where it is never has.
   */
  static void prepare(DataSource file, ShardMap map) throws SQLException {
    ShardedTables.ownGuard().install(file, NAME, map);
    try (Connection connection = file.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      replace(statement, "audit_log", "audit_log_no_update", "UPDATE");
      replace(statement, "audit_log", "audit_log_no_delete", "DELETE");
      replace(statement, "audit_heads", "audit_heads_no_delete", "DELETE");
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  private static void replace(Statement statement, String table, String name, String event)
      throws SQLException {
    statement.execute("DROP TRIGGER IF EXISTS " + name);
    statement.execute(REFUSE.formatted(table, name, event));
  }

  /** Whether all users are here and may be written; true where there is no guard. */
  static boolean ownsAll(DataSource file) throws SQLException {
    try (Connection connection = file.getConnection();
        Statement statement = connection.createStatement()) {
      return isNone(statement, "SELECT count(*) FROM sqlite_master WHERE name = 'tk_slot'")
          || isNone(statement, "SELECT count(*) FROM tk_slot WHERE state <> 'OWNED'");
    }
  }

  private static boolean isNone(Statement statement, String count) throws SQLException {
    try (ResultSet row = statement.executeQuery(count)) {
      row.next();
      return row.getLong(1) == 0;
    }
  }

  /**
   * Refuses to serve a file that users have left.
   *
   * @throws StartRefusedException with one line that says so
   */
  static void requireOwner(DataSource file) {
    try {
      if (!ownsAll(file)) {
        throw new StartRefusedException(
            "the users of this data folder (app.data-dir) have moved to a database server, or are on"
                + " the way there; start it with ./run --phase 2 --data and this folder");
      }
    } catch (SQLException e) {
      throw new StartRefusedException("the SQLite file cannot be read: " + e.getMessage(), e);
    }
  }
}
