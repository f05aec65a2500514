// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.sql.Slots;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * The table of users; each change of what a profile shows is told to the cache. Thread-safe; joins
 * the transaction of its caller.
 */
@Component
final class AccountRepository {

  private static final String SELECT =
      """
      SELECT id, email, email_key, username, username_key, password_hash, profile,
             created_at, updated_at, version
      FROM users\s""";

  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final ProfileCache profiles;

  AccountRepository(JdbcClient jdbc, JsonMapper json, ProfileCache profiles) {
    this.jdbc = jdbc;
    this.json = json;
    this.profiles = profiles;
  }

  Optional<AccountRow> find(String id) {
    return jdbc.sql(SELECT + "WHERE id = ?").params(id).query((row, n) -> account(row)).optional();
  }

  Optional<AccountRow> findByEmail(String emailKey) {
    return jdbc.sql(SELECT + "WHERE email_key = ?")
        .params(emailKey)
        .query((row, n) -> account(row))
        .optional();
  }

  Optional<AccountRow> findByUsername(String usernameKey) {
    return jdbc.sql(SELECT + "WHERE username_key = ?")
        .params(usernameKey)
        .query((row, n) -> account(row))
        .optional();
  }

  void insert(AccountRow row) {
    jdbc.sql(
            """
            INSERT INTO users (id, email, email_key, username, username_key, password_hash,
                               profile, created_at, updated_at, version, slot_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""")
        .params(
            row.id(),
            row.email().text(),
            row.email().key(),
            row.username().text(),
            row.username().key(),
            row.passwordHash(),
            json.writeValueAsString(row.profile()),
            row.createdAt(),
            row.updatedAt(),
            row.version(),
            Slots.of(row.id()))
        .update();
  }

  /** Writes the row over its previous version; false when that is no longer the stored one. */
  boolean replace(AccountRow row) {
    profiles.changed(row.id());
    return jdbc.sql(
                """
                UPDATE users SET email = ?, email_key = ?, username = ?, username_key = ?,
                                 profile = ?, updated_at = ?, version = ?
                WHERE id = ? AND version = ?""")
            .params(
                row.email().text(),
                row.email().key(),
                row.username().text(),
                row.username().key(),
                json.writeValueAsString(row.profile()),
                row.updatedAt(),
                row.version(),
                row.id(),
                row.version() - 1)
            .update()
        == 1;
  }

  /**
   * Exchanges the password hash if it is still the known one. The row stays locked until the
   * transaction ends, also when both are the same, so that log-in and password change take turns.
   */
  boolean exchangeHash(String id, String known, String next) {
    return jdbc.sql("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?")
            .params(next, id, known)
            .update()
        == 1;
  }

  void touch(String id, long now) {
    profiles.changed(id);
    jdbc.sql("UPDATE users SET updated_at = ?, version = version + 1 WHERE id = ?")
        .params(now, id)
        .update();
  }

  /** Locks the row until the transaction ends; false when there is none. */
  boolean lock(String id) {
    return jdbc.sql("UPDATE users SET version = version WHERE id = ?").params(id).update() == 1;
  }

  void delete(String id) {
    profiles.changed(id);
    jdbc.sql("DELETE FROM users WHERE id = ?").params(id).update();
  }

  private AccountRow account(ResultSet row) throws SQLException {
    return new AccountRow(
        row.getString("id"),
        new EmailAddress(row.getString("email"), row.getString("email_key")),
        new Username(row.getString("username"), row.getString("username_key")),
        row.getString("password_hash"),
        json.readValue(row.getString("profile"), AccountView.Profile.class),
        row.getLong("created_at"),
        row.getLong("updated_at"),
        row.getLong("version"));
  }
}
