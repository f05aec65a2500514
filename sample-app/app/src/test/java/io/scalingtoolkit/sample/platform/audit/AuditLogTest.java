// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.ManualClock;
import io.scalingtoolkit.sample.platform.sql.SchemaFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.sqlite.SQLiteDataSource;

class AuditLogTest {

  @TempDir static Path shared;
  @TempDir Path temp;

  private JdbcClient jdbc;
  private TransactionTemplate transaction;
  private AuditLog log;

  /** Migrated once, because that takes longer than all the tests. */
  @BeforeAll
  static void migrate() {
    Flyway.configure()
        .dataSource(source(shared.resolve("empty.db")))
        .locations("classpath:db/migration", "classpath:db/vendor/sqlite")
        .javaMigrations(SchemaFixture.slots())
        .load()
        .migrate();
  }

  @BeforeEach
  void database() throws IOException {
    Path file = Files.copy(shared.resolve("empty.db"), temp.resolve("test.db"));
    SQLiteDataSource source = source(file);
    jdbc = JdbcClient.create(source);
    transaction = new TransactionTemplate(new JdbcTransactionManager(source));
    log = new AuditLog(jdbc, new ManualClock());
    for (String action : List.of("account.registered", "session.opened", "session.closed")) {
      append("ann", action);
    }
    append("bob", "account.registered");
  }

  @Test
  void verify_untouchedChains_areIntact() {
    assertThat(log.verify("ann")).isEqualTo(new AuditVerdict.Intact(3));
    assertThat(log.verify("bob")).isEqualTo(new AuditVerdict.Intact(1));
    assertThat(log.verify("nobody")).isEqualTo(new AuditVerdict.Intact(0));
    assertThat(log.rows("ann"))
        .extracting(AuditLog.Row::action)
        .containsExactly("account.registered", "session.opened", "session.closed");
  }

  @Test
  void append_withoutTransaction_isRefused() {
    assertThatThrownBy(() -> log.append("ann", "session.opened", "s", ""))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void append_rolledBack_leavesNoRowAndNoGap() {
    transaction.executeWithoutResult(
        status -> {
          log.append("ann", "session.opened", "s", "");
          status.setRollbackOnly();
        });
    append("ann", "account.deleted");

    assertThat(log.verify("ann")).isEqualTo(new AuditVerdict.Intact(4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE audit_log SET actor = 'eve' WHERE user_id = 'ann' AND seq = 2",
        "UPDATE audit_log SET detail = '' WHERE user_id = 'ann'",
        "DELETE FROM audit_log WHERE user_id = 'ann' AND seq = 3",
        "DELETE FROM audit_heads WHERE user_id = 'ann'"
      })
  void database_changeOfThePast_isRefused(String change) {
    assertThatThrownBy(() -> jdbc.sql(change).update()).hasMessageContaining("append-only");
    assertThat(log.verify("ann")).isEqualTo(new AuditVerdict.Intact(3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | UPDATE audit_log SET actor = 'eve' WHERE user_id = 'ann' AND seq = 2",
        "1 | UPDATE audit_log SET recorded_at = recorded_at + 1 WHERE user_id = 'ann' AND seq = 1",
        "2 | UPDATE audit_log SET hash = prev_hash WHERE user_id = 'ann' AND seq = 2",
        "2 | DELETE FROM audit_log WHERE user_id = 'ann' AND seq = 2",
        "1 | DELETE FROM audit_log WHERE user_id = 'ann' AND seq = 1",
        "3 | DELETE FROM audit_log WHERE user_id = 'ann' AND seq = 3",
        "1 | DELETE FROM audit_log WHERE user_id = 'ann'",
        "1 | UPDATE audit_log SET seq = 6 - seq WHERE user_id = 'ann' AND seq <> 2 AND seq >= 1",
        "4 | UPDATE audit_heads SET seq = 4 WHERE user_id = 'ann'",
        "4 | DELETE FROM audit_heads WHERE user_id = 'ann'"
      })
  void verify_changeBehindTheTriggers_isFound(long seq, String change) {
    for (String trigger :
        List.of("audit_log_no_update", "audit_log_no_delete", "audit_heads_no_delete")) {
      jdbc.sql("DROP TRIGGER " + trigger).update();
    }

    jdbc.sql(change).update();

    assertThat(log.verify("ann"))
        .isInstanceOfSatisfying(
            AuditVerdict.Broken.class, broken -> assertThat(broken.seq()).isEqualTo(seq));
    assertThat(log.verify("bob")).isEqualTo(new AuditVerdict.Intact(1));
  }

  @Test
  void verify_reorderedRows_isFound() {
    jdbc.sql("DROP TRIGGER audit_log_no_update").update();
    for (String step : List.of("1 TO 9", "2 TO 1", "9 TO 2")) {
      String[] seq = step.split(" TO ");
      jdbc.sql("UPDATE audit_log SET seq = ? WHERE user_id = 'ann' AND seq = ?")
          .params(Long.parseLong(seq[1]), Long.parseLong(seq[0]))
          .update();
    }

    assertThat(log.verify("ann")).isInstanceOf(AuditVerdict.Broken.class);
  }

  private static SQLiteDataSource source(Path file) {
    SQLiteDataSource source = new SQLiteDataSource();
    source.setUrl("jdbc:sqlite:" + file);
    return source;
  }

  private void append(String userId, String action) {
    transaction.executeWithoutResult(status -> log.append(userId, action, "subject", ""));
  }
}
