// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.move.SlotGuard;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The statements of the protocol; each on a connection in a transaction of the caller.
 *
 * <p>{@code tk_unique}, at the shard of the value: who has it or wants it. {@code tk_reservation},
 * at the shard of the owner: what became of a reservation. Rows are told apart by the reservation,
 * never by the value alone, so that whoever comes late changes nothing.
 */
final class UniqueSql {
  static final String VALUES = "tk_unique";
  static final String OUTCOMES = "tk_reservation";

  /** What an owner's key may take in its encoding. */
  static final int MOST_OWNER_BYTES = 512;

  private static final int MYSQL_DUPLICATE = 1062;

  /** What became of a reservation. */
  enum Outcome {
    USED,
    CANCELLED,
    RELEASED
  }

  /** A reservation as the databases know it. */
  record Entry(String digest, String id, ShardKey owner) {}

  /** A row of a value. */
  record Taken(Entry entry, boolean confirmed, long ageMillis) {}

  private UniqueSql() {}

  static List<String> ddl(SqlProduct product) {
    String bytes =
        switch (product) {
          case POSTGRESQL -> "bytea";
          case MARIADB, MYSQL -> "varbinary(" + MOST_OWNER_BYTES + ")";
          case SQLITE -> "blob";
        };
    String suffix =
        product.isMySqlFamily() ? " engine=InnoDB character set ascii collate ascii_bin" : "";
    String common =
        "value_hash varchar(64) not null, reservation_id varchar(36) not null, owner_key "
            + bytes
            + " not null, slot_id integer not null, ";
    List<String> statements = new ArrayList<>();
    statements.add(
        "create table if not exists tk_unique ("
            + common
            + "state varchar(10) not null, created_at bigint not null"
            + (product.isMySqlFamily()
                ? ", key tk_unique_slot (slot_id, value_hash), key tk_unique_state (state, value_hash)"
                : "")
            + ", primary key (value_hash))"
            + suffix);
    statements.add(
        "create table if not exists tk_reservation ("
            + common
            + "outcome varchar(10) not null"
            + (product.isMySqlFamily()
                ? ", key tk_reservation_slot (slot_id, value_hash, reservation_id), key"
                    + " tk_reservation_outcome (outcome, value_hash, reservation_id)"
                : "")
            + ", primary key (value_hash, reservation_id))"
            + suffix);
    if (!product.isMySqlFamily()) {
      statements.add(
          "create index if not exists tk_unique_slot on tk_unique (slot_id, value_hash)");
      statements.add(
          "create index if not exists tk_unique_state on tk_unique (value_hash) where state ="
              + " 'PENDING'");
      statements.add(
          "create index if not exists tk_reservation_slot on tk_reservation (slot_id, value_hash,"
              + " reservation_id)");
      statements.add(
          "create index if not exists tk_reservation_outcome on tk_reservation (value_hash,"
              + " reservation_id) where outcome = 'RELEASED'");
    }
    return List.copyOf(statements);
  }

  /** Reserves; false if the value has a row, which then may be read. */
  static boolean reserve(Connection connection, Entry entry, int slot) throws SQLException {
    SqlProduct product = SqlProduct.of(connection);
    return insertIfAbsent(
        connection,
        product,
        "insert into tk_unique (value_hash, reservation_id, owner_key, slot_id, state, created_at)"
            + " values (?, ?, ?, ?, 'PENDING', ("
            + product.nowQuery()
            + "))",
        entry,
        slot,
        null);
  }

  /**
   * Settles what became of a reservation, once and for all: waits for a transaction that is
   * settling it, and answers empty if it is this outcome now, or else the one that was first.
   */
  static Optional<Outcome> settle(Connection connection, Entry entry, int slot, Outcome wanted)
      throws SQLException {
    SqlProduct product = SqlProduct.of(connection);
    boolean inserted =
        insertIfAbsent(
            connection,
            product,
            "insert into tk_reservation (value_hash, reservation_id, owner_key, slot_id, outcome)"
                + " values (?, ?, ?, ?, ?)",
            entry,
            slot,
            wanted.name());
    if (inserted) {
      return Optional.empty();
    }
    Optional<Outcome> first = outcome(connection, entry);
    if (first.isEmpty()) {
      throw new SQLTransactionRollbackException(
          "what became of a reservation changes at this moment", "40001");
    }
    requireOwned(connection, slot);
    return first;
  }

  private static boolean insertIfAbsent(
      Connection connection,
      SqlProduct product,
      String sql,
      Entry entry,
      int slot,
      @Nullable String outcome)
      throws SQLException {
    String whole = product.isMySqlFamily() ? sql : sql + " on conflict do nothing";
    try (PreparedStatement insert = connection.prepareStatement(whole)) {
      insert.setString(1, entry.digest());
      insert.setString(2, entry.id());
      insert.setBytes(3, entry.owner().encoded());
      insert.setInt(4, slot);
      if (outcome != null) {
        insert.setString(5, outcome);
      }
      return insert.executeUpdate() == 1;
    } catch (SQLException e) {
      // Not "insert ignore", which ignores more than that; the statement alone is undone.
      if (product.isMySqlFamily() && e.getErrorCode() == MYSQL_DUPLICATE) {
        return false;
      }
      throw e;
    }
  }

  /** What became of a reservation, as committed last; empty if nothing yet. */
  static Optional<Outcome> outcome(Connection connection, Entry entry) throws SQLException {
    String lock = connection.isReadOnly() ? "" : SqlProduct.of(connection).forShare();
    try (PreparedStatement select =
        connection.prepareStatement(
            "select outcome from tk_reservation where value_hash = ? and reservation_id = ?"
                + lock)) {
      select.setString(1, entry.digest());
      select.setString(2, entry.id());
      try (ResultSet rows = select.executeQuery()) {
        return rows.next() ? Optional.of(Outcome.valueOf(rows.getString(1))) : Optional.empty();
      }
    }
  }

  /** Who has a value or wants it; empty if nobody. */
  static Optional<Taken> taken(Connection connection, String digest) throws SQLException {
    String now = SqlProduct.of(connection).nowQuery();
    try (PreparedStatement select =
        connection.prepareStatement(
            "select value_hash, reservation_id, owner_key, state, ("
                + now
                + ") - created_at from tk_unique where value_hash = ?")) {
      select.setString(1, digest);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next()
            ? Optional.of(
                new Taken(entry(rows), rows.getString(4).equals("CONFIRMED"), rows.getLong(5)))
            : Optional.empty();
      }
    }
  }

  private static Entry entry(ResultSet rows) throws SQLException {
    return new Entry(rows.getString(1), rows.getString(2), ShardKey.ofEncoded(rows.getBytes(3)));
  }

  static void confirm(Connection connection, Entry entry) throws SQLException {
    int unused =
        update(
            connection,
            "update tk_unique set state = 'CONFIRMED' where value_hash = ? and reservation_id = ? and"
                + " state = 'PENDING'",
            entry);
  }

  /** Makes a value free if it is still the one of this reservation. */
  static void free(Connection connection, Entry entry, int slot) throws SQLException {
    int rows =
        update(
            connection, "delete from tk_unique where value_hash = ? and reservation_id = ?", entry);
    if (rows == 0) {
      // No row, no trigger: without this the wrong shard would say that all is done.
      requireOwned(connection, slot);
    }
  }

  /** Takes the released row away, which is the last trace of a reservation. */
  static void clear(Connection connection, Entry entry, int slot) throws SQLException {
    int rows =
        update(
            connection,
            "delete from tk_reservation where value_hash = ? and reservation_id = ? and outcome ="
                + " 'RELEASED'",
            entry);
    if (rows == 0) {
      requireOwned(connection, slot);
    }
  }

  private static int update(Connection connection, String sql, Entry entry) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, entry.digest());
      statement.setString(2, entry.id());
      return statement.executeUpdate();
    }
  }

  /** Notes that an owner gives a value back; false if it has none such. */
  static boolean release(Connection connection, String digest, ShardKey owner, int slot)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_reservation set outcome = 'RELEASED' where value_hash = ? and owner_key = ?"
                + " and outcome = 'USED'")) {
      update.setString(1, digest);
      update.setBytes(2, owner.encoded());
      if (update.executeUpdate() > 0) {
        return true;
      }
    }
    requireOwned(connection, slot);
    return false;
  }

  /** Those that an owner has given back of a value. */
  static List<Entry> released(Connection connection, String digest, ShardKey owner)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "select value_hash, reservation_id, owner_key from tk_reservation where value_hash = ?"
                + " and owner_key = ? and outcome = 'RELEASED'")) {
      select.setString(1, digest);
      select.setBytes(2, owner.encoded());
      return entries(select);
    }
  }

  /** The next of those given back at a shard, after a place in the order of value and id. */
  static List<Entry> released(Connection connection, @Nullable Entry after, int most)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "select value_hash, reservation_id, owner_key from tk_reservation where outcome ="
                + " 'RELEASED' and (value_hash > ? or value_hash = ? and reservation_id > ?) order"
                + " by value_hash, reservation_id limit ?")) {
      String digest = after == null ? "" : after.digest();
      select.setString(1, digest);
      select.setString(2, digest);
      select.setString(3, after == null ? "" : after.id());
      select.setInt(4, most);
      return entries(select);
    }
  }

  /** The next pending ones at a shard that are old, after a place in the order of values. */
  static List<Entry> pending(Connection connection, long ageMillis, @Nullable Entry after, int most)
      throws SQLException {
    String now = SqlProduct.of(connection).nowQuery();
    try (PreparedStatement select =
        connection.prepareStatement(
            "select value_hash, reservation_id, owner_key from tk_unique where state = 'PENDING' and"
                + " created_at <= ("
                + now
                + ") - ? and value_hash > ? order by value_hash limit ?")) {
      select.setLong(1, ageMillis);
      select.setString(2, after == null ? "" : after.digest());
      select.setInt(3, most);
      return entries(select);
    }
  }

  private static List<Entry> entries(PreparedStatement select) throws SQLException {
    List<Entry> found = new ArrayList<>();
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        found.add(entry(rows));
      }
    }
    return found;
  }

  /** Refuses, as the guard does, unless the slot is here; the guard only looks at rows written. */
  private static void requireOwned(Connection connection, int slot) throws SQLException {
    String lock = SqlProduct.of(connection).forShare();
    try (PreparedStatement select =
        connection.prepareStatement("select state from tk_slot where slot = ?" + lock)) {
      select.setInt(1, slot);
      try (ResultSet rows = select.executeQuery()) {
        if (!rows.next() || !rows.getString(1).equals("OWNED")) {
          throw new SQLTransactionRollbackException(
              "slot " + slot + " is not here now", SlotGuard.REFUSED);
        }
      }
    }
  }
}
