// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.sql.SchemaFixture;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The database itself refuses a second account, whatever wrote the first.
 *
 * <p>Over HTTP this cannot be seen: one process with one writer never gets that far.
 */
final class AccountUniquenessTest {
  @TempDir Path folder;

  private JdbcClient jdbc;

  @BeforeEach
  void migrate() {
    jdbc = SchemaFixture.open(folder.resolve("app.db"), "V1__accounts.sql").jdbc();
    insert("1", "ada@example.org", "ada");
  }

  @Test
  void insert_sameEmailKey_isRefused() {
    assertThatThrownBy(() -> insert("2", "ada@example.org", "grace"))
        .isInstanceOf(DuplicateKeyException.class)
        .rootCause()
        .hasMessageContaining("users.email_key");
    assertThat(accounts()).isOne();
  }

  @Test
  void insert_sameUsernameKey_isRefused() {
    assertThatThrownBy(() -> insert("2", "grace@example.org", "ada"))
        .isInstanceOf(DuplicateKeyException.class)
        .rootCause()
        .hasMessageContaining("users.username_key");
    assertThat(accounts()).isOne();
  }

  @Test
  void insert_bothNew_isTaken() {
    insert("2", "grace@example.org", "grace");

    assertThat(accounts()).isEqualTo(2);
  }

  private void insert(String id, String email, String username) {
    jdbc.sql(
            """
            INSERT INTO users (id, email, email_key, username, username_key, password_hash,
                               profile, created_at, updated_at, version)
            VALUES (?, ?, ?, ?, ?, 'hash', '{}', 1, 1, 1)""")
        .params(id, email, email, username, username)
        .update();
  }

  private int accounts() {
    return jdbc.sql("SELECT count(*) FROM users").query(Integer.class).single();
  }
}
