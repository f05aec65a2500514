// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.jdbc.support.SQLStateSQLExceptionTranslator;

/**
 * Spring's exceptions for what PostgreSQL, MariaDB and MySQL report. PostgreSQL is told by its
 * SQLState (manual, appendix "PostgreSQL Error Codes"); the other two have an error number of their
 * own for each fault (MySQL "Server Error Message Reference", MariaDB "Error Codes"), which
 * PostgreSQL's driver leaves 0. Whatever says that the server or the way to it is gone for now is
 * transient: the request may be sent again. Immutable.
 */
final class ServerErrors implements SQLExceptionTranslator {

  private static final Set<Integer> DUPLICATE = Set.of(1062, 1586);
  private static final Set<Integer> LOST = Set.of(1213, 1020, 3101);
  private static final Set<Integer> LOCKED = Set.of(1205, 3572);
  private static final Set<Integer> FULL = Set.of(1021, 1026, 1114, 1878);
  private static final Set<Integer> SLOW = Set.of(1317, 1969, 3024);

  /** Too many connections, shutting down, read-only, killed. */
  private static final Set<Integer> GONE =
      Set.of(1040, 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1203, 1290, 1792, 1836, 1927);

  private final SQLExceptionTranslator others = new SQLStateSQLExceptionTranslator();

  @Override
  public @Nullable DataAccessException translate(
      String task, @Nullable String sql, SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    int code = failure.getErrorCode();
    String message = task + ": SQLState " + state + ", error " + code;
    if (state.equals("23505") || DUPLICATE.contains(code)) {
      return new DuplicateKeyException(message, failure);
    }
    if (state.equals("40001") || state.equals("40P01") || LOST.contains(code)) {
      return new TransactionLostException(message, failure);
    }
    if (state.equals("55P03") || LOCKED.contains(code)) {
      return new CannotAcquireLockException(message, failure);
    }
    if (state.equals("53100") || FULL.contains(code)) {
      return new StorageFullException(message, failure);
    }
    if (state.equals("57014") || SLOW.contains(code)) {
      return new QueryTimeoutException(message, failure);
    }
    if (isGone(state, code)) {
      return new TransientDataAccessResourceException(message, failure);
    }
    return state.startsWith("23")
        ? new DataIntegrityViolationException(message, failure)
        : others.translate(task, sql, failure);
  }

  /**
   * Classes 08 connection, 53 too few resources, 57P the server ends; 25006 it takes no writes. The
   * pool gives no SQLState when it has closed a connection that broke.
   */
  private static boolean isGone(String state, int code) {
    return state.startsWith("08")
        || state.startsWith("53")
        || state.startsWith("57P")
        || state.equals("25006")
        || state.equals("null")
        || GONE.contains(code);
  }
}
