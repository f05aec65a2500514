// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.audit;

import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.sql.Slots;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The append-only record of what happened to each account: one chain of rows per account, each with
 * the hash of the one before. Thread-safe; every call runs in the transaction of its caller, so an
 * action and its row are stored together or not at all.
 *
 * <p>Invariants: {@code audit_heads} has number and hash of the last row of a chain; a writer
 * updates it first, which makes the writers of one chain take turns in every database. The chain
 * shows changes by anybody who cannot recompute all later hashes and the head; it is not a
 * signature.
 */
@Component
public final class AuditLog {

  private static final Pattern ACTION = Pattern.compile("[a-z]+\\.[a-z-]{1,40}");
  private static final int LONGEST_DETAIL = 500;

  /** Rows of a long chain that are in memory at the same time. */
  private static final int ROWS_AT_ONCE = 100;

  private static final String COLUMNS =
      "user_id, seq, recorded_at, actor, action, subject, detail, prev_hash, hash";

  private static final String CHAIN =
      "SELECT " + COLUMNS + " FROM audit_log WHERE user_id = :userId ORDER BY seq";

  private final JdbcClient jdbc;
  private final Clock clock;

  AuditLog(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /**
   * Adds a row about what a user did with the own account.
   *
   * @param userId id of the account, who is also the actor
   * @param action feature and verb, for example {@code avatar.changed}
   * @param subject id of what it was done to, up to 100 characters
   * @param detail further facts without personal data, up to 500 characters
   * @throws IllegalStateException when no transaction is open
   */
  public void append(String userId, String action, String subject, String detail) {
    if (!TransactionSynchronizationManager.isActualTransactionActive()) {
      throw new IllegalStateException("an audit row needs the transaction of its action");
    }
    if (!ACTION.matcher(action).matches() || detail.length() > LONGEST_DETAIL) {
      throw new IllegalArgumentException(
          "action must be feature.verb and detail ≤ 500 characters: " + action);
    }
    Head before = nextNumber(userId);
    AuditEntry entry =
        new AuditEntry(
                userId,
                before.seq(),
                Micros.now(clock),
                userId,
                action,
                subject,
                detail,
                before.hash(),
                "")
            .sealed();
    insert(entry);
    jdbc.sql("UPDATE audit_heads SET hash = :hash WHERE user_id = :userId")
        .param("hash", entry.hash())
        .param("userId", userId)
        .update();
  }

  /**
   * Recomputes the chain of one account.
   *
   * @param userId id of the account; also one that has been deleted
   * @return whether the rows are as they were written
   */
  public AuditVerdict verify(String userId) {
    return judge(read(userId), head(userId));
  }

  /**
   * Reads the rows of one account for its owner.
   *
   * @param userId id of the account
   * @return the rows, oldest first; empty for an account that never was
   */
  public List<Row> rows(String userId) {
    List<Row> rows = new ArrayList<>();
    each(userId, rows::add);
    return rows;
  }

  /**
   * Hands over the rows of one account, one at a time.
   *
   * @param userId id of the account
   * @param consumer gets the rows, oldest first
   */
  public void each(String userId, Consumer<? super Row> consumer) {
    jdbc.sql(CHAIN)
        .withFetchSize(ROWS_AT_ONCE)
        .param("userId", userId)
        .query((RowCallbackHandler) row -> consumer.accept(shown(entry(row))));
  }

  private static Row shown(AuditEntry entry) {
    return new Row(
        entry.seq(),
        Micros.text(entry.recordedAt()),
        entry.action(),
        entry.subject(),
        entry.detail(),
        entry.hash());
  }

  /**
   * One row as its owner sees it; immutable.
   *
   * @param seq number of the row, from 1
   * @param at RFC 3339 in UTC with microseconds
   * @param action feature and verb
   * @param subject id of what it was done to
   * @param detail further facts
   * @param hash hash of the row
   */
  public record Row(
      long seq, String at, String action, String subject, String detail, String hash) {}

  /** Judges the rows of one chain, in order of their numbers, against its head. */
  static AuditVerdict judge(List<AuditEntry> rows, Head head) {
    long seq = 0;
    String previous = AuditEntry.NO_HASH;
    for (AuditEntry row : rows) {
      seq++;
      if (row.seq() != seq) {
        return new AuditVerdict.Broken(seq, "the row is missing");
      }
      if (!row.prevHash().equals(previous)) {
        return new AuditVerdict.Broken(seq, "the row does not follow the one before it");
      }
      if (!row.hash().equals(row.contentHash())) {
        return new AuditVerdict.Broken(seq, "the row has been changed");
      }
      previous = row.hash();
    }
    if (head.seq() != seq || !head.hash().equals(previous)) {
      return new AuditVerdict.Broken(seq + 1, "rows are missing at the end");
    }
    return new AuditVerdict.Intact(seq);
  }

  /**
   * The end of a chain; immutable.
   *
   * @param seq number of the last row, 0 for an empty chain
   * @param hash its hash, {@link AuditEntry#NO_HASH} for an empty chain
   */
  record Head(long seq, String hash) {}

  /** Takes the next number; the row lock of the head is held until the transaction ends. */
  private Head nextNumber(String userId) {
    int heads =
        jdbc.sql("UPDATE audit_heads SET seq = seq + 1 WHERE user_id = :userId")
            .param("userId", userId)
            .update();
    if (heads == 0) {
      jdbc.sql(
              "INSERT INTO audit_heads (user_id, seq, hash, slot_id) VALUES (:userId, 1, :hash, :slot)")
          .param("slot", Slots.of(userId))
          .param("userId", userId)
          .param("hash", AuditEntry.NO_HASH)
          .update();
    }
    return head(userId);
  }

  private Head head(String userId) {
    return jdbc.sql("SELECT seq, hash FROM audit_heads WHERE user_id = :userId")
        .param("userId", userId)
        .query((row, n) -> new Head(row.getLong("seq"), row.getString("hash")))
        .optional()
        .orElse(new Head(0, AuditEntry.NO_HASH));
  }

  private List<AuditEntry> read(String userId) {
    return jdbc.sql(CHAIN).param("userId", userId).query((row, n) -> entry(row)).list();
  }

  private void insert(AuditEntry entry) {
    jdbc.sql(
            "INSERT INTO audit_log ("
                + COLUMNS
                + ", slot_id) VALUES (:userId, :seq, :at, :actor, :action, :subject, :detail, :prev,"
                + " :hash, :slot)")
        .param("slot", Slots.of(entry.userId()))
        .param("userId", entry.userId())
        .param("seq", entry.seq())
        .param("at", entry.recordedAt())
        .param("actor", entry.actor())
        .param("action", entry.action())
        .param("subject", entry.subject())
        .param("detail", entry.detail())
        .param("prev", entry.prevHash())
        .param("hash", entry.hash())
        .update();
  }

  private static AuditEntry entry(ResultSet row) throws SQLException {
    return new AuditEntry(
        row.getString("user_id"),
        row.getLong("seq"),
        row.getLong("recorded_at"),
        row.getString("actor"),
        row.getString("action"),
        row.getString("subject"),
        row.getString("detail"),
        row.getString("prev_hash"),
        row.getString("hash"));
  }
}
