// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.sqlite.SQLiteDataSource;

/** Rows from before there were slots get theirs. */
final class SlotMigrationTest {
  private static final String USER = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

  @TempDir Path folder;

  @Test
  void migrate_rowsFromBefore_haveTheSlotOfTheirUser() {
    SQLiteDataSource file = new SQLiteDataSource();
    file.setUrl("jdbc:sqlite:" + folder.resolve("app.db"));
    JdbcClient jdbc = JdbcClient.create(file);
    flyway(file).target("13").load().migrate();
    jdbc.sql(
            """
            INSERT INTO users (id, email, email_key, username, username_key, password_hash,
                               profile, created_at, updated_at, version)
            VALUES (?, 'a@b.c', 'a@b.c', 'a', 'a', 'hash', '{}', 1, 1, 1)""")
        .param(USER)
        .update();
    jdbc.sql("INSERT INTO items VALUES ('i', ?, '{}', 1, 1, 1)").param(USER).update();
    jdbc.sql("INSERT INTO audit_heads VALUES (?, 1, '')").param(USER).update();
    jdbc.sql("INSERT INTO audit_log VALUES (?, 1, 1, '', 'a.b', '', '', '', '')")
        .param(USER)
        .update();

    flyway(file).load().migrate();

    for (String table : new String[] {"users", "items", "audit_heads", "audit_log"}) {
      assertThat(jdbc.sql("SELECT slot_id FROM " + table).query(Integer.class).single())
          .as(table)
          .isEqualTo(Slots.of(USER));
    }
    assertThatThrownBy(() -> jdbc.sql("DELETE FROM audit_log").update())
        .hasMessageContaining("append-only");
  }

  private static FluentConfiguration flyway(SQLiteDataSource file) {
    return Flyway.configure()
        .dataSource(file)
        .locations("classpath:db/migration", "classpath:db/vendor/sqlite")
        .javaMigrations(new SlotMigration());
  }
}
