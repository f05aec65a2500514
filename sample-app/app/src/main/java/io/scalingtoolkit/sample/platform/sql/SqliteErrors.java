// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.jdbc.support.SQLStateSQLExceptionTranslator;
import org.sqlite.SQLiteException;

/**
 * Spring's exceptions for the result codes of SQLite, which sets no SQLState. Codes:
 * sqlite.org/rescode.html. Immutable.
 */
final class SqliteErrors implements SQLExceptionTranslator {

  private static final int BUSY = 5;
  private static final int LOCKED = 6;
  private static final int READ_ONLY = 8;
  private static final int IO_ERROR = 10;
  private static final int FULL = 13;
  private static final int CANNOT_OPEN = 14;
  private static final int CONSTRAINT = 19;
  private static final int CONSTRAINT_PRIMARY_KEY = 1555;
  private static final int CONSTRAINT_UNIQUE = 2067;
  private static final int IO_ERROR_WRITE = 778;
  private static final int IO_ERROR_FSYNC = 1034;
  private static final int IO_ERROR_TRUNCATE = 1546;
  private static final int IO_ERROR_SHM_SIZE = 4874;

  private final SQLExceptionTranslator others = new SQLStateSQLExceptionTranslator();

  @Override
  public @Nullable DataAccessException translate(
      String task, @Nullable String sql, SQLException failure) {
    int code = code(failure);
    String message = task + ": SQLite result code " + code;
    if (code == CONSTRAINT_UNIQUE || code == CONSTRAINT_PRIMARY_KEY) {
      return new DuplicateKeyException(message, failure);
    }
    return switch (code) {
      case IO_ERROR_WRITE, IO_ERROR_FSYNC, IO_ERROR_TRUNCATE, IO_ERROR_SHM_SIZE ->
          new StorageFullException(message, failure);
      default -> byPrimaryCode(code & 0xff, message, task, sql, failure);
    };
  }

  /** Tells whether a rollback failed only because SQLite had already rolled back. */
  static boolean saysNoTransaction(RuntimeException failure) {
    return failure.getCause() instanceof SQLException cause
        && String.valueOf(cause.getMessage()).contains("no transaction is active");
  }

  /** The extended code; as error code the driver gives only its lowest byte. */
  private static int code(SQLException failure) {
    return failure instanceof SQLiteException sqlite
        ? sqlite.getResultCode().code
        : failure.getErrorCode();
  }

  private @Nullable DataAccessException byPrimaryCode(
      int primary, String message, String task, @Nullable String sql, SQLException failure) {
    return switch (primary) {
      case BUSY, LOCKED -> new CannotAcquireLockException(message, failure);
      case FULL -> new StorageFullException(message, failure);
      case CONSTRAINT -> new DataIntegrityViolationException(message, failure);
      case IO_ERROR, CANNOT_OPEN, READ_ONLY ->
          new DataAccessResourceFailureException(message, failure);
      default -> others.translate(task, sql, failure);
    };
  }
}
