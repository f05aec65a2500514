// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/** Faults provoked in a real SQLite file. */
final class SqliteErrorsTest {

  @TempDir Path folder;

  @Test
  void translate_uniqueViolated_isDuplicateKey() throws SQLException {
    try (SingleConnectionDataSource source = source()) {
      JdbcTemplate jdbc = jdbc(source);
      jdbc.execute("CREATE TABLE t (id TEXT PRIMARY KEY, u TEXT UNIQUE)");
      jdbc.update("INSERT INTO t VALUES ('a', 'x')");

      assertThatThrownBy(() -> jdbc.update("INSERT INTO t VALUES ('a', 'y')"))
          .isInstanceOf(DuplicateKeyException.class);
      assertThatThrownBy(() -> jdbc.update("INSERT INTO t VALUES ('b', 'x')"))
          .isInstanceOf(DuplicateKeyException.class);
    }
  }

  @Test
  void translate_noSpace_isStorageFullAndPassesWithTheSpace() throws SQLException {
    try (SingleConnectionDataSource source = source()) {
      JdbcTemplate jdbc = jdbc(source);
      jdbc.execute("CREATE TABLE t (b BLOB)");
      jdbc.execute("PRAGMA max_page_count = 3");

      assertThatThrownBy(() -> jdbc.update("INSERT INTO t VALUES (zeroblob(100000))"))
          .isInstanceOf(StorageFullException.class);

      jdbc.execute("PRAGMA max_page_count = 1000");
      assertThat(jdbc.update("INSERT INTO t VALUES (zeroblob(100000))")).isOne();
    }
  }

  @Test
  void rollback_afterSqliteRolledBack_doesNotHideTheReason() throws SQLException {
    try (SingleConnectionDataSource source = source()) {
      JdbcTemplate jdbc = jdbc(source);
      TransactionTemplate write =
          new TransactionTemplate(new FileOrServerTransactionManager(source));
      jdbc.execute("CREATE TABLE t (b BLOB)");
      jdbc.execute("PRAGMA max_page_count = 3");

      assertThatThrownBy(
              () ->
                  write.executeWithoutResult(
                      status -> {
                        jdbc.update("INSERT INTO t VALUES (zeroblob(10))");
                        jdbc.update("INSERT INTO t VALUES (zeroblob(100000))");
                      }))
          .isInstanceOf(StorageFullException.class);

      jdbc.execute("PRAGMA max_page_count = 1000");
      write.executeWithoutResult(status -> jdbc.update("INSERT INTO t VALUES (zeroblob(100000))"));
      assertThat(jdbc.queryForObject("SELECT COUNT(*) FROM t", Integer.class)).isOne();
    }
  }

  @Test
  void translate_anotherWriter_isLockNotAcquired() throws SQLException {
    try (SingleConnectionDataSource first = source();
        SingleConnectionDataSource second = source()) {
      jdbc(first).execute("CREATE TABLE t (id TEXT)");
      Connection writer = first.getConnection();
      try (Statement begin = writer.createStatement()) {
        begin.execute("BEGIN IMMEDIATE");

        assertThatThrownBy(() -> jdbc(second).update("INSERT INTO t VALUES ('a')"))
            .isInstanceOf(CannotAcquireLockException.class);

        begin.execute("ROLLBACK");
      }
      assertThat(jdbc(second).update("INSERT INTO t VALUES ('a')")).isOne();
    }
  }

  private SingleConnectionDataSource source() {
    return new SingleConnectionDataSource(
        "jdbc:sqlite:" + folder.resolve("t.db") + "?busy_timeout=1", true);
  }

  private static JdbcTemplate jdbc(SingleConnectionDataSource source) {
    JdbcTemplate jdbc = new JdbcTemplate(source);
    jdbc.setExceptionTranslator(new SqliteErrors());
    return jdbc;
  }
}
