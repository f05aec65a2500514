// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.scalingtoolkit.sample.platform.sql.Database;
import io.scalingtoolkit.sample.platform.sql.Slots;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of stored answers. Thread-safe; joins the transaction of its caller. */
@Component
final class IdempotencyRows {

  private final JdbcClient jdbc;

  IdempotencyRows(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  record Row(
      String fingerprint,
      int status,
      @Nullable String location,
      @Nullable String etag,
      @Nullable String body) {}

  Optional<Row> find(String id, long oldestMicros) {
    return jdbc.sql(
            """
            SELECT fingerprint, status, location, etag, body FROM idempotency
            WHERE id = ? AND created_at >= ?""")
        .params(id, oldestMicros)
        .query(
            (row, n) ->
                new Row(
                    row.getString(1),
                    row.getInt(2),
                    row.getString(3),
                    row.getString(4),
                    row.getString(5)))
        .optional();
  }

  void insert(String id, String ownerId, String fingerprint, long nowMicros) {
    jdbc.sql(
            """
            INSERT INTO idempotency (id, owner_id, slot_id, fingerprint, status, created_at)
            VALUES (?, ?, ?, ?, 0, ?)""")
        .params(id, ownerId, Slots.of(ownerId), fingerprint, nowMicros)
        .update();
  }

  void complete(String id, Row answer) {
    jdbc.sql(
            """
            UPDATE idempotency SET status = ?, location = ?, etag = ?, body = ? WHERE id = ?""")
        .param(1, answer.status())
        .param(2, answer.location())
        .param(3, answer.etag())
        .param(4, answer.body())
        .param(5, id)
        .update();
  }

  void deleteIfOlder(String id, long oldestMicros) {
    jdbc.sql("DELETE FROM idempotency WHERE id = ? AND created_at < ?")
        .params(id, oldestMicros)
        .update();
  }

  void deleteOwnedBy(String ownerId) {
    jdbc.sql("DELETE FROM idempotency WHERE owner_id = ?").params(ownerId).update();
  }

  /** Deletes at most {@code limit} rows that are older, oldest first; returns how many went. */
  static int deleteOlder(Database database, long oldestMicros, int limit) {
    record Old(String id, int slot) {}
    List<String> ids =
        database
            .jdbc()
            .sql(
                "SELECT id, slot_id FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?")
            .params(oldestMicros, limit)
            .query((row, n) -> new Old(row.getString(1), row.getInt(2)))
            .list()
            .stream()
            .filter(each -> database.owns().test(each.slot()))
            .map(Old::id)
            .toList();
    return ids.isEmpty()
        ? 0
        : database
            .jdbc()
            .sql("DELETE FROM idempotency WHERE id IN (:ids) AND created_at < :oldest")
            .param("ids", ids)
            .param("oldest", oldestMicros)
            .update();
  }
}
