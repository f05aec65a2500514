// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the drivers of the servers report, by SQLState and number. */
final class ServerErrorsTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "23505,    0, DuplicateKeyException",
        "23000, 1062, DuplicateKeyException",
        "23503,    0, DataIntegrityViolationException",
        "23000, 1452, DataIntegrityViolationException",
        "40001,    0, TransactionLostException",
        "40P01,    0, TransactionLostException",
        "40001, 1213, TransactionLostException",
        "HY000, 1020, TransactionLostException",
        "55P03,    0, CannotAcquireLockException",
        "HY000, 1205, CannotAcquireLockException",
        "40001, 1205, TransactionLostException",
        "53100,    0, StorageFullException",
        "HY000, 1114, StorageFullException",
        "HY000, 1021, StorageFullException",
        "57014,    0, QueryTimeoutException",
        "57P01,    0, TransientDataAccessResourceException",
        "08006,    0, TransientDataAccessResourceException",
        "53300,    0, TransientDataAccessResourceException",
        "25006,    0, TransientDataAccessResourceException",
        "HY000, 1290, TransientDataAccessResourceException",
        "08004, 1040, TransientDataAccessResourceException",
        "-,        0, TransientDataAccessResourceException",
        "42P01,    0, BadSqlGrammarException",
      })
  void translate_error_isTheRightException(String state, int code, String expected) {
    assertThat(new ServerErrors().translate("task", "sql", new SQLException("no", state, code)))
        .extracting(failure -> failure.getClass().getSimpleName())
        .isEqualTo(expected);
  }
}
