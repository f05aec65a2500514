// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.security.Caller;
import io.scalingtoolkit.sample.platform.security.SessionCheck;
import io.scalingtoolkit.sample.platform.sql.Slots;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table of open sessions. Thread-safe; joins the transaction of its caller. */
@Component
final class SessionRepository implements SessionCheck {

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final SessionCache cache;
  private final Clock clock;

  SessionRepository(JdbcClient jdbc, Transactions transactions, SessionCache cache, Clock clock) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.cache = cache;
    this.clock = clock;
  }

  /** One session; immutable. The hashes are of 256 random bits, so they reveal nothing. */
  record Row(
      String id,
      String userId,
      String familyHash,
      String tokenHash,
      long createdAt,
      long refreshedAt,
      long expiresAt) {}

  @Override
  public boolean isOpen(Caller caller) {
    return cache
        .find(caller.sessionId(), () -> find(caller))
        .filter(session -> session.userId().equals(caller.userId()))
        .filter(session -> session.expiresAt() > Micros.now(clock))
        .isPresent();
  }

  private Optional<SessionCache.Entry> find(Caller caller) {
    return transactions.read(
        caller.userId(),
        () ->
            jdbc.sql("SELECT expires_at FROM sessions WHERE id = ? AND user_id = ?")
                .params(caller.sessionId(), caller.userId())
                .query(Long.class)
                .optional()
                .map(expiry -> new SessionCache.Entry(caller.userId(), expiry)));
  }

  void insert(Row row) {
    jdbc.sql(
            """
            INSERT INTO sessions (id, user_id, family_hash, token_hash, created_at, refreshed_at,
                                  expires_at, slot_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""")
        .params(
            row.id(),
            row.userId(),
            row.familyHash(),
            row.tokenHash(),
            row.createdAt(),
            row.refreshedAt(),
            row.expiresAt(),
            Slots.of(row.userId()))
        .update();
  }

  Optional<Row> findFamily(String familyHash, String userId) {
    return jdbc.sql("SELECT * FROM sessions WHERE family_hash = ? AND user_id = ?")
        .params(familyHash, userId)
        .query((row, n) -> session(row))
        .optional();
  }

  /** Exchanges the refresh token if it is still the known one; exactly one of many callers wins. */
  boolean rotate(String id, String knownHash, String nextHash, long now) {
    return jdbc.sql(
                """
                UPDATE sessions SET token_hash = ?, refreshed_at = ?
                WHERE id = ? AND token_hash = ?""")
            .params(nextHash, now, id, knownHash)
            .update()
        == 1;
  }

  boolean delete(String id) {
    cache.ended(id);
    return jdbc.sql("DELETE FROM sessions WHERE id = ?").params(id).update() == 1;
  }

  /** Of a user whose row is locked, so that no session comes meanwhile. */
  int deleteOf(String userId) {
    of(userId).forEach(session -> cache.ended(session.id()));
    return jdbc.sql("DELETE FROM sessions WHERE user_id = ?").params(userId).update();
  }

  /** Deletes the expired sessions of a user, and the oldest until at most {@code keep} are left. */
  void trim(String userId, long now, int keep) {
    jdbc.sql("DELETE FROM sessions WHERE user_id = ? AND expires_at <= ?")
        .params(userId, now)
        .update();
    List<Row> rows = of(userId);
    for (int oldest = 0; oldest < rows.size() - keep; oldest++) {
      delete(rows.get(oldest).id());
    }
  }

  /** Returns the sessions of a user, oldest first. */
  List<Row> of(String userId) {
    return jdbc.sql("SELECT * FROM sessions WHERE user_id = ? ORDER BY created_at, id")
        .params(userId)
        .query((row, n) -> session(row))
        .list();
  }

  private static Row session(ResultSet row) throws SQLException {
    return new Row(
        row.getString("id"),
        row.getString("user_id"),
        row.getString("family_hash"),
        row.getString("token_hash"),
        row.getLong("created_at"),
        row.getLong("refreshed_at"),
        row.getLong("expires_at"));
  }
}
