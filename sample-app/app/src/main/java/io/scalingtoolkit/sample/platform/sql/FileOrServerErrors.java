// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sharding.move.SlotGuard;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.sqlite.SQLiteException;

/** Spring's exceptions for SQLite and for the server that users move to from it. Thread-safe. */
final class FileOrServerErrors implements SQLExceptionTranslator {

  private final SQLExceptionTranslator file = new SqliteErrors();
  private final SQLExceptionTranslator server = new ServerErrors();
  private final DataSource source;

  /**
   * Creates the translator.
   *
   * @param source whose failures it gets
   */
  FileOrServerErrors(DataSource source) {
    this.source = source;
  }

  /**
   * A file that refuses its users, who are leaving, would else look like one they broke a rule of.
   */
  @Override
  public @Nullable DataAccessException translate(
      String task, @Nullable String sql, SQLException failure) {
    if (SlotGuard.isRefusal(failure)) {
      return new CannotAcquireLockException(task + ": the rows are on the move", failure);
    }
    boolean alone = !(source instanceof FileOrServer moving) || moving.both() == null;
    return (alone || failure instanceof SQLiteException ? file : server)
        .translate(task, sql, failure);
  }
}
