// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import io.scalingtoolkit.testkit.mysql.GtidNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** A read-only session on a replica that notices what a statement leaves behind. Confined. */
final class MySqlStandby implements AutoCloseable {
  private static final int BATCH = 50;

  /** Read-only server, read-only server of another make, read-only transaction. */
  private static final Set<Integer> REFUSALS = Set.of(1290, 1836, 1792);

  /** Change by themselves. */
  private static final Pattern CLOCKS =
      Pattern.compile("timestamp|rand_seed[12]|.*_usec.*|in_transaction|warning_count|error_count");

  private final GtidNode node;
  private final List<String> complaints = new ArrayList<>();
  private Connection connection;
  private String traces;
  private int answered;

  MySqlStandby(GtidNode node) throws SQLException {
    this.node = node;
    connect();
  }

  private void connect() throws SQLException {
    connection = node.dataSource().getConnection();
    try (Statement statement = connection.createStatement()) {
      statement.execute("set session transaction read only");
    }
    traces = traces();
  }

  List<String> complaints() {
    return complaints;
  }

  /** Returns how many statements came back without an error. */
  int answered() {
    return answered;
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
      answered++;
    } catch (SQLException e) {
      // Connector/J refuses some writes itself once the session is read-only.
      boolean refused =
          REFUSALS.contains(e.getErrorCode())
              || "25006".equals(e.getSQLState())
              || String.valueOf(e.getMessage()).startsWith("Connection is read-only");
      if (refused) {
        complaints.add(e.getErrorCode() + " " + e.getMessage() + " <- " + sql);
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

  /** A user-level lock, a user variable and the variables of the session. */
  private String traces() throws SQLException {
    StringBuilder all = new StringBuilder();
    try (Statement statement = connection.createStatement()) {
      collect(statement, "select coalesce(is_used_lock('a'), 0), coalesce(@a, 0)", all);
      collect(statement, "show session variables", all);
    }
    return all.toString();
  }

  private static void collect(Statement statement, String query, StringBuilder to)
      throws SQLException {
    try (ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        if (!CLOCKS.matcher(rows.getString(1)).matches()) {
          to.append(rows.getString(1)).append('=');
          to.append(rows.getMetaData().getColumnCount() > 1 ? rows.getString(2) : "").append(' ');
        }
      }
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
