// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.internal.SqlStep;
import io.scalingtoolkit.sharding.internal.SqlWork;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;

/** The table {@code tk_schema} of the control database: how far which step is at which shard. */
final class SchemaJournal {
  private static final int MYSQL_DUPLICATE = 1062;

  private final DataSource control;

  SchemaJournal(DataSource control) {
    this.control = control;
  }

  void create() throws SQLException {
    SqlStep.creating(
        control,
        connection -> {
          String text = SqlProduct.of(connection).textType();
          try (Statement statement = connection.createStatement()) {
            statement.execute(
                "create table if not exists tk_schema (step varchar(128) not null, shard varchar(63)"
                    + " not null, state varchar(10) not null, changed_at bigint not null, failure "
                    + text
                    + ", primary key (step, shard))");
            statement.execute(
                "create table if not exists tk_schema_lock (step varchar(128) not null primary"
                    + " key)");
          }
        });
  }

  /** The states of a step by shard. */
  Map<String, SchemaProgress> progress(String step) throws SQLException {
    return SqlWork.inTransaction(
        control,
        connection -> {
          Map<String, SchemaProgress> found = new LinkedHashMap<>();
          try (PreparedStatement select =
              connection.prepareStatement(
                  "select shard, state from tk_schema where step = ? order by changed_at")) {
            select.setString(1, step);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                found.put(rows.getString(1), SchemaProgress.valueOf(rows.getString(2)));
              }
            }
          }
          return found;
        });
  }

  void note(String step, String shard, SchemaProgress state, String failure) throws SQLException {
    SqlStep.inTransaction(
        control,
        connection -> {
          String now = "(" + SqlProduct.of(connection).nowQuery() + ")";
          try (PreparedStatement delete =
              connection.prepareStatement("delete from tk_schema where step = ? and shard = ?")) {
            delete.setString(1, step);
            delete.setString(2, shard);
            delete.executeUpdate();
          }
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "insert into tk_schema (step, shard, state, failure, changed_at) values (?, ?, ?,"
                      + " ?, "
                      + now
                      + ")")) {
            insert.setString(1, step);
            insert.setString(2, shard);
            insert.setString(3, state.name());
            insert.setString(4, failure);
            insert.executeUpdate();
          }
        });
  }

  /** Does work while no other process is at the same step; the lock ends with this process. */
  void exclusively(String step, SqlStep work) throws SQLException {
    addLock(step);
    try (Connection connection = control.getConnection()) {
      SqlProduct product = SqlProduct.of(connection);
      if (product == SqlProduct.SQLITE) {
        // A transaction held open would keep the journal from being written.
        work.run(connection);
        return;
      }
      boolean unused =
          SqlWork.inTransaction(
              connection,
              own -> {
                lock(own, step);
                work.run(own);
                return true;
              });
    }
  }

  private static void lock(Connection connection, String step) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "select step from tk_schema_lock where step = ? for update nowait")) {
      select.setString(1, step);
      try (ResultSet rows = select.executeQuery()) {
        boolean unused = rows.next();
      }
    } catch (SQLException e) {
      throw new SQLException("another process is at step \"" + step + "\" now", "TK011", e);
    }
  }

  private void addLock(String step) throws SQLException {
    SqlStep.inTransaction(
        control,
        connection -> {
          boolean mysql = SqlProduct.of(connection).isMySqlFamily();
          try (PreparedStatement select =
              connection.prepareStatement("select 1 from tk_schema_lock where step = ?")) {
            select.setString(1, step);
            try (ResultSet rows = select.executeQuery()) {
              if (rows.next()) {
                return;
              }
            }
          }
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "insert into tk_schema_lock (step) values (?)"
                      + (mysql ? "" : " on conflict do nothing"))) {
            insert.setString(1, step);
            int unused = insert.executeUpdate();
          } catch (SQLException e) {
            if (!mysql || e.getErrorCode() != MYSQL_DUPLICATE) {
              throw e;
            }
          }
        });
  }
}
