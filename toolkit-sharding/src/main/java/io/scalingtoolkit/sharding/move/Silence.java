// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.internal.SqlWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * Transactions whose locks are in the way of others. A mover that is stopped in one, or whose host
 * or network is gone, would keep writers and all other movers out for as long as the server takes
 * it for alive, which may be hours; so the server is told to end a transaction of which it hears no
 * more. SQLite needs none of it: its locks go with the process.
 */
final class Silence {
  private static final int A_LEASE = 2;
  private static final Duration LEAST = Duration.ofSeconds(1);

  private Silence() {}

  /** How long the server waits for a mover with such a lease: others may not go on before. */
  static Duration of(Duration lease) {
    Duration part = lease.dividedBy(A_LEASE);
    return part.compareTo(LEAST) < 0 ? LEAST : part;
  }

  /**
   * As {@link SqlWork#inTransaction(DataSource, SqlWork)}; the server ends the transaction, and its
   * connection, when it hears nothing for so long between two statements.
   */
  static <T> T inTransaction(DataSource database, Duration longest, SqlWork<T> work)
      throws SQLException {
    try (Connection connection = database.getConnection()) {
      return inTransaction(connection, longest, work);
    }
  }

  /** The same on a connection that stays open. */
  static <T> T inTransaction(Connection connection, Duration longest, SqlWork<T> work)
      throws SQLException {
    SqlProduct product = SqlProduct.of(connection);
    try {
      return SqlWork.inTransaction(
          connection,
          own -> {
            begin(own, product, longest);
            return work.run(own);
          });
    } finally {
      if (product.isMySqlFamily()) {
        end(connection);
      }
    }
  }

  private static void begin(Connection connection, SqlProduct product, Duration longest)
      throws SQLException {
    switch (product) {
      case POSTGRESQL ->
          Dialect.execute(
              connection,
              "set local idle_in_transaction_session_timeout = " + Math.max(1, longest.toMillis()));
      // There is none for one transaction that both have; this one is for the session, in seconds.
      case MARIADB, MYSQL ->
          Dialect.execute(
              connection,
              "set @tk_wait = @@session.wait_timeout, session wait_timeout = " + seconds(longest));
      case SQLITE -> {
        // No server that could wait.
      }
    }
  }

  private static long seconds(Duration time) {
    return Math.max(1, TimeUnit.MILLISECONDS.toSeconds(time.toMillis() + 999));
  }

  /** After success as after a failure; where it cannot be as before the connection ends. */
  private static void end(Connection connection) throws SQLException {
    try {
      if (!connection.isClosed()) {
        Dialect.execute(connection, "set session wait_timeout = @tk_wait");
      }
    } catch (SQLException broken) {
      connection.abort(Runnable::run);
    }
  }
}
