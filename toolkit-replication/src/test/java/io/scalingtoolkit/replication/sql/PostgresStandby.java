// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A session on a standby that notices what a statement leaves behind. Confined. */
final class PostgresStandby implements AutoCloseable {
  private static final String TRACES =
      """
      select concat_ws(' ',
        (select count(*) from pg_locks where locktype = 'advisory'),
        (select count(*) from pg_prepared_statements), (select count(*) from pg_cursors),
        (select count(*) from pg_listening_channels()), pg_my_temp_schema(),
        (select md5(string_agg(name || '=' || setting, ',' order by name)) from pg_settings
          where name not in ('in_hot_standby', 'transaction_deferrable')),
        current_setting('a.b', true))
      """;

  private static final int BATCH = 100;

  private final PostgresNode node;
  private final List<String> complaints = new ArrayList<>();
  private Connection connection;
  private String traces;

  PostgresStandby(PostgresNode node) throws SQLException {
    this.node = node;
    connect();
  }

  private void connect() throws SQLException {
    connection = node.dataSource().getConnection();
    try (Statement statement = connection.createStatement()) {
      statement.execute("set statement_timeout = '5s'");
      statement.execute("set application_name = 'corpus'");
    }
    traces = traces();
  }

  List<String> complaints() {
    return complaints;
  }

  /** Runs the statements and compares the traces now and then; one by one where they changed. */
  void run(List<String> statements) throws SQLException {
    for (int from = 0; from < statements.size(); from += BATCH) {
      List<String> batch = statements.subList(from, Math.min(from + BATCH, statements.size()));
      for (String sql : batch) {
        execute(sql);
      }
      if (leftTraces()) {
        for (String sql : batch) {
          execute(sql);
          if (leftTraces()) {
            complaints.add("left a trace: " + sql);
          }
        }
      }
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      String message = String.valueOf(e.getMessage());
      boolean refused =
          Set.of("25006", "55000", "57014").contains(e.getSQLState())
              || message.contains("recovery");
      if (refused) {
        complaints.add(e.getSQLState() + " " + message + " <- " + sql);
      }
      if (!connection.isValid(5)) {
        complaints.add("the session ended: " + sql);
        connect();
      }
    }
  }

  private boolean leftTraces() throws SQLException {
    if (traces().equals(traces)) {
      return false;
    }
    connection.close();
    connect();
    return true;
  }

  private String traces() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(TRACES)) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
