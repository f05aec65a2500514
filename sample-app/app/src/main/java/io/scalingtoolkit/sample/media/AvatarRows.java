// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.sample.platform.sql.Database;
import io.scalingtoolkit.sample.platform.sql.Slots;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table that says whose a file is. Thread-safe; joins the transaction of its caller. */
@Component
final class AvatarRows {

  private final JdbcClient jdbc;

  AvatarRows(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  void insert(String name, String userId, long nowMicros) {
    jdbc.sql("INSERT INTO avatars (name, user_id, created_at, slot_id) VALUES (?, ?, ?, ?)")
        .params(name, userId, nowMicros, Slots.of(userId))
        .update();
  }

  List<String> namesOf(String userId) {
    return jdbc.sql("SELECT name FROM avatars WHERE user_id = ? ORDER BY name")
        .param(userId)
        .query(String.class)
        .list();
  }

  void deleteOf(String userId) {
    jdbc.sql("DELETE FROM avatars WHERE user_id = ?").param(userId).update();
  }

  /** The names that a database has, those of users who are just leaving it too. */
  static Set<String> names(Database database) {
    return new HashSet<>(
        database.jdbc().sql("SELECT name FROM avatars").query(String.class).list());
  }
}
