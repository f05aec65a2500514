// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.fidelity;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import javax.sql.DataSource;

/** The JDBC objects that one run of a script works on; confined. */
final class Lane {
  final String name;
  private final DataSource source;
  Connection connection;
  Statement statement;
  PreparedStatement prepared;
  ResultSet rows;
  Savepoint savepoint;

  Lane(String name, DataSource source) {
    this.name = name;
    this.source = source;
  }

  /** Begins anew, with a connection and a statement of each kind. */
  void open() throws SQLException {
    connection = source.getConnection();
    statement = connection.createStatement();
    prepared = connection.prepareStatement("select id, name from t where id > ? order by id");
    rows = null;
    savepoint = null;
  }

  void close() throws SQLException {
    if (!connection.isClosed()) {
      // A pool rolls back what is open.
      connection.close();
    }
  }

  boolean isClosed() {
    try {
      return connection.isClosed();
    } catch (SQLException e) {
      return true;
    }
  }

  /** Tells whether a statement or the result is closed. */
  boolean hasClosed() {
    try {
      return statement.isClosed() || prepared.isClosed() || (rows != null && rows.isClosed());
    } catch (SQLException e) {
      return true;
    }
  }

  /** Runs one step and tells what came of it: the value, or kind and state of the error. */
  String run(Script.Step step) {
    try {
      return String.valueOf(step.action().on(this));
    } catch (SQLException e) {
      return "fails " + kind(e) + " " + e.getSQLState();
    } catch (RuntimeException e) {
      return "throws " + e.getClass().getName();
    }
  }

  /** The class of JDBC that an error has, whatever the driver derives from it. */
  private static String kind(SQLException e) {
    Class<?> type = e.getClass();
    while (!type.getName().startsWith("java.sql.")) {
      type = type.getSuperclass();
    }
    return type.getSimpleName();
  }
}
