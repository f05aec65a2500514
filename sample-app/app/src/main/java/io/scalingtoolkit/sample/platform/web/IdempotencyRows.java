// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

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

  void insert(String id, String fingerprint, long nowMicros) {
    jdbc.sql("INSERT INTO idempotency (id, fingerprint, status, created_at) VALUES (?, ?, 0, ?)")
        .params(id, fingerprint, nowMicros)
        .update();
  }

  void complete(String id, Row answer, String ownerId) {
    jdbc.sql(
            """
            UPDATE idempotency SET owner_id = ?, status = ?, location = ?, etag = ?, body = ?
            WHERE id = ?""")
        .param(1, ownerId)
        .param(2, answer.status())
        .param(3, answer.location())
        .param(4, answer.etag())
        .param(5, answer.body())
        .param(6, id)
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
  int deleteOlder(long oldestMicros, int limit) {
    List<String> ids =
        jdbc.sql("SELECT id FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?")
            .params(oldestMicros, limit)
            .query(String.class)
            .list();
    return ids.isEmpty()
        ? 0
        : jdbc.sql("DELETE FROM idempotency WHERE id IN (:ids) AND created_at < :oldest")
            .param("ids", ids)
            .param("oldest", oldestMicros)
            .update();
  }
}
