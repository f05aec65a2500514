// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.EngineException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The testkit's own statements to one server, each on a connection of its own. Thread-safe.
 *
 * <p>A server that hangs fails them after 30 s.
 */
record Sql(String node, int port, String password) {
  private static final int CONNECT_SECONDS = 5;
  private static final int ANSWER_SECONDS = 30;

  Connection connect() throws SQLException {
    PGSimpleDataSource source = source(port, PostgresNode.DEFAULT_DATABASE, password);
    source.setConnectTimeout(CONNECT_SECONDS);
    source.setSocketTimeout(ANSWER_SECONDS);
    source.setApplicationName("toolkit-testkit");
    return source.getConnection();
  }

  static PGSimpleDataSource source(int port, String database, String password) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {"127.0.0.1"});
    source.setPortNumbers(new int[] {port});
    source.setDatabaseName(database);
    source.setUser(PostgresNode.USER);
    source.setSslMode("disable");
    if (!password.isEmpty()) {
      source.setPassword(password);
    }
    return source;
  }

  void execute(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw failed(sql, e);
    }
  }

  /** Returns the first column of the first row as text. */
  String query(String sql) {
    try {
      return tryQuery(sql);
    } catch (SQLException e) {
      throw failed(sql, e);
    }
  }

  /** As {@link #query}, for polling a server that may not answer yet. */
  String tryQuery(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      @Nullable String value = result.next() ? result.getString(1) : null;
      if (value == null) {
        throw new SQLException("no value from " + sql);
      }
      return value;
    }
  }

  private EngineException failed(String sql, SQLException cause) {
    return new EngineException(node + " failed '" + sql + "': " + cause.getMessage(), cause);
  }

  static String checkDatabase(String database) {
    if (!database.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException(
          "a database name must match [a-z][a-z0-9_]{0,62}; got '" + database + "'");
    }
    return database;
  }

  /** Leaves the password out. */
  @Override
  public String toString() {
    return node;
  }
}
