// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import javax.sql.DataSource;

/**
 * What is done in one transaction.
 *
 * @param <T> what it gives
 */
@FunctionalInterface
public interface SqlWork<T> {
  /** How often {@link #creating} tries. */
  int CREATE_ATTEMPTS = 6;

  /** PostgreSQL: there is a table, or an object, of that name; a row of its catalogs changed. */
  Set<String> CONFLICTS = Set.of("42P07", "42710", "XX000", "42S01");

  /** Busy, locked, constraint. */
  Set<Integer> SQLITE_CONFLICTS = Set.of(5, 6, 19);

  /** Does it. */
  T run(Connection connection) throws SQLException;

  /**
   * Runs work in a transaction of its own at READ COMMITTED (SQLite: as it is) and commits it;
   * rolls back when it throws. The connection goes back as it was.
   *
   * @throws SQLException from the work or the commit; the outcome of a commit that throws is
   *     unknown
   */
  static <T> T inTransaction(DataSource database, SqlWork<T> work) throws SQLException {
    try (Connection connection = database.getConnection()) {
      return inTransaction(connection, work);
    }
  }

  /**
   * As {@link #inTransaction(DataSource, SqlWork)}, for work that creates what is not there yet. It
   * is done again where another process created the same at the same time, which databases refuse
   * one of the two, also where it said {@code if not exists}.
   *
   * @throws SQLException as there; a conflict after {@value #CREATE_ATTEMPTS} attempts
   */
  static <T> T creating(DataSource database, SqlWork<T> work) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        return inTransaction(database, work);
      } catch (SQLException e) {
        if (attempt == CREATE_ATTEMPTS || !isConflict(e)) {
          throw e;
        }
      }
    }
  }

  private static boolean isConflict(SQLException failure) {
    String state = failure.getSQLState();
    if (state == null) {
      int sqlite = failure.getErrorCode() & 0xff;
      return SQLITE_CONFLICTS.contains(sqlite);
    }
    return state.startsWith("23") || state.startsWith("40") || CONFLICTS.contains(state);
  }

  /** As {@link #inTransaction(DataSource, SqlWork)}, on a connection that stays open. */
  static <T> T inTransaction(Connection connection, SqlWork<T> work) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    int isolation = connection.getTransactionIsolation();
    boolean sqlite = SqlProduct.of(connection) == SqlProduct.SQLITE;
    if (!sqlite && isolation != Connection.TRANSACTION_READ_COMMITTED) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
    connection.setAutoCommit(false);
    boolean done = false;
    try {
      T result = work.run(connection);
      connection.commit();
      done = true;
      return result;
    } finally {
      restore(connection, autoCommit, sqlite ? -1 : isolation, done);
    }
  }

  private static void restore(
      Connection connection, boolean autoCommit, int isolation, boolean done) throws SQLException {
    if (!done) {
      try {
        connection.rollback();
      } catch (SQLException broken) {
        // The failure that led here is what the caller needs to see; this one follows from it.
        connection.abort(Runnable::run);
        return;
      }
    }
    connection.setAutoCommit(autoCommit);
    if (isolation >= 0 && connection.getTransactionIsolation() != isolation) {
      connection.setTransactionIsolation(isolation);
    }
  }
}
