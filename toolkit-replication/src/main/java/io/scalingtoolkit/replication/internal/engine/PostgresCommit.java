// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.postgres.PostgresPosition;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A commit and the question for the position after it, sent together.
 *
 * <p>The driver sends the two statements of one text in one go and reads both answers, and its
 * transaction state ends idle, as after a plain commit. The position is taken after the commit
 * record was written: before it, a replica could reach the position without the transaction.
 */
final class PostgresCommit {
  private static final String COMMIT =
      "COMMIT; SELECT pg_current_wal_insert_lsn(), pg_is_in_recovery()";
  private static final int PAGE_BYTES = 8192;
  private static final int LONGEST_PAGE_HEADER_BYTES = 40;

  private PostgresCommit() {}

  static @Nullable Position commit(Connection connection, PostgresPosition before)
      throws SQLException {
    if (!isSound(connection)) {
      return Engine.commitOnly(connection);
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(COMMIT);
      if (!statement.getMoreResults()) {
        return null;
      }
      try (ResultSet rows = statement.getResultSet()) {
        rows.next();
        String lsn = rows.getString(1);
        return lsn == null || rows.getBoolean(2) ? null : position(before, lsn);
      }
    }
  }

  /**
   * Tells whether a transaction is open that can commit. A server answers COMMIT in a failed
   * transaction with a rollback and no error; the driver turns that into one for its own commit,
   * and cannot for the text above. Of another driver it is not known, and nothing is captured.
   */
  private static boolean isSound(Connection connection) throws SQLException {
    try {
      return connection.isWrapperFor(BaseConnection.class)
          && connection.unwrap(BaseConnection.class).getTransactionState() == TransactionState.OPEN;
    } catch (NoClassDefFoundError e) {
      return false;
    }
  }

  private static @Nullable Position position(PostgresPosition before, String text) {
    long lsn = PostgresPosition.parseLsn(text);
    // Directly after a page header no replica may get there for long; a sample rounds it properly.
    return Long.remainderUnsigned(lsn, PAGE_BYTES) <= LONGEST_PAGE_HEADER_BYTES
        ? null
        : PostgresPosition.of(before.systemId(), before.timeline(), lsn);
  }
}
