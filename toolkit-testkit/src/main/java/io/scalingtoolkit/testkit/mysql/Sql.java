// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Short forms of JDBC for statements that answer with one value or none. */
final class Sql {
  /** The products' error ER_NO_SUCH_THREAD. */
  private static final int NO_SUCH_THREAD = 1094;

  private Sql() {}

  /** Work on an open connection. */
  @FunctionalInterface
  interface Work<T> {
    T apply(Connection connection) throws SQLException;
  }

  /** Returns the only column of the only row; a null as the empty text. */
  static String text(Connection connection, String query, String... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("no row for: " + query);
        }
        String value = row.getString(1);
        return value == null ? "" : value;
      }
    }
  }

  /** Cuts all sessions whose default database this is. */
  static void endSessions(Connection connection, String database) throws SQLException {
    List<Long> sessions = new ArrayList<>();
    String query = "SELECT id FROM information_schema.processlist WHERE db = ?";
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, database);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          sessions.add(rows.getLong(1));
        }
      }
    }
    for (long session : sessions) {
      try {
        execute(connection, List.of("KILL " + session));
      } catch (SQLException e) {
        // A session that ended by itself meanwhile is what was wanted.
        if (e.getErrorCode() != NO_SUCH_THREAD) {
          throw e;
        }
      }
    }
  }

  static String checkDatabase(String database) {
    if (!database.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException(
          "a database name must match [a-z][a-z0-9_]{0,62}; got '" + database + "'");
    }
    return database;
  }

  static void execute(Connection connection, Iterable<String> statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
    }
  }
}
