// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Gives each row the slot of its user, by which it can be moved to another database. A row that
 * somebody inserts without one is in slot -1, which no database has. Thread-safe.
 */
@Component
final class SlotMigration implements JavaMigration {

  private static final int BATCH = 1_000;

  @Override
  public MigrationVersion getVersion() {
    return MigrationVersion.fromVersion("15");
  }

  @Override
  public String getDescription() {
    return "slots";
  }

  @Override
  public @Nullable Integer getChecksum() {
    return null;
  }

  @Override
  public boolean canExecuteInTransaction() {
    return true;
  }

  @Override
  public void migrate(Context context) throws SQLException {
    Connection connection = context.getConnection();
    // Without an owner it is of no use: its transaction has not ended well.
    execute(connection, "DELETE FROM idempotency WHERE owner_id IS NULL");
    for (ShardedTables table : ShardedTables.values()) {
      migrate(connection, table);
    }
  }

  static void migrate(Connection connection, ShardedTables table) throws SQLException {
    execute(
        connection,
        "ALTER TABLE " + table.word() + " ADD COLUMN slot_id INTEGER DEFAULT -1 NOT NULL");
    fill(connection, table);
    execute(
        connection,
        "CREATE INDEX idx_%1$s_slot ON %1$s (slot_id, %2$s)"
            .formatted(table.word(), table.primaryKey()));
  }

  private static void fill(Connection connection, ShardedTables table) throws SQLException {
    String update =
        "UPDATE %s SET slot_id = ? WHERE %s = ?".formatted(table.word(), table.keyColumn());
    try (PreparedStatement statement = connection.prepareStatement(update)) {
      int waiting = 0;
      for (String key : keys(connection, table)) {
        statement.setInt(1, Slots.of(key));
        statement.setString(2, key);
        statement.addBatch();
        if (++waiting % BATCH == 0) {
          statement.executeBatch();
        }
      }
      statement.executeBatch();
    }
  }

  private static List<String> keys(Connection connection, ShardedTables table) throws SQLException {
    List<String> keys = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT DISTINCT %s FROM %s".formatted(table.keyColumn(), table.word()))) {
      while (rows.next()) {
        keys.add(rows.getString(1));
      }
    }
    return keys;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
