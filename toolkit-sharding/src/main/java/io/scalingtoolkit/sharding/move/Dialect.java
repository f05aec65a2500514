// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How one product guards slots.
 *
 * <p>Invariant that all of them keep: a transaction that writes a row of a slot holds a lock on the
 * slot that others may share, from before it reads the state of the slot until it ends; and {@link
 * #lock} waits for all such transactions and keeps out new ones.
 *
 * <p>Thread-safe: without state.
 */
interface Dialect {
  /** Table of the states of slots in a shard. */
  String SLOTS = "tk_slot";

  /** Table of changed keys in a shard. */
  String LOG = "tk_log";

  /** The dialect of a product. */
  static Dialect of(SqlProduct product) {
    return switch (product) {
      case POSTGRESQL -> new PostgresDialect();
      case MARIADB, MYSQL -> new MySqlDialect(product);
      case SQLITE -> new SqliteDialect();
    };
  }

  /** Which product. */
  SqlProduct product();

  /** Creates the tables of the guard, and its functions; does nothing where they are. */
  void createTables(Connection connection) throws SQLException;

  /** Creates or replaces the triggers of a table. */
  void createTriggers(Connection connection, TableShape shape) throws SQLException;

  /** Problems because of which a table cannot be guarded; empty if there are none. */
  List<String> obstacles(Connection connection, TableShape shape) throws SQLException;

  /** Lets the current transaction write slots that are IMPORTING with this token. */
  void actAs(Connection connection, long token) throws SQLException;

  /** Ends {@link #actAs}, where that does not end with the transaction. */
  void actAsNobody(Connection connection) throws SQLException;

  /** Lets the current transaction read times in UTC. */
  void readUtc(Connection connection) throws SQLException;

  /** Ends {@link #readUtc}, where that does not end with the transaction. */
  void readAsBefore(Connection connection) throws SQLException;

  /**
   * Locks slots against writers until the current transaction ends. Waits for transactions that
   * have written them.
   *
   * @throws SQLException for which {@link #isLockTimeout} holds, if those do not end in time
   */
  void lock(Connection connection, SlotSet slots, Duration patience) throws SQLException;

  /** Whether a failure of {@link #lock} means that writers took too long. */
  boolean isLockTimeout(SQLException failure);

  /** An insert of all columns that does nothing where the primary key is there already. */
  String insertIfAbsent(TableShape shape);

  /** An insert of all columns that replaces what has the same primary key. */
  String upsert(TableShape shape);

  /** A plain insert of all columns. */
  default String insert(TableShape shape) {
    return "insert into "
        + shape.quoted(product())
        + " ("
        + shape.columnList(product())
        + ") values ("
        + "?, ".repeat(shape.columns().size() - 1)
        + "?)";
  }

  /** Numbers as a list for SQL; they are ours, not the user's. */
  static String list(SlotSet slots) {
    return IntStream.of(slots.toArray())
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", "(", ")"));
  }

  /**
   * A condition on a column with slots. Slots without a gap are a range, as a database takes longer
   * to read thousands of numbers than to find their rows; not where InnoDB would lock what comes
   * after the range as well.
   */
  static String in(SqlProduct product, String column, SlotSet slots) {
    int[] all = slots.toArray();
    if (all.length == 1) {
      return column + " = " + all[0];
    }
    boolean range = all.length > 1 && all[all.length - 1] - all[0] == all.length - 1;
    return range && !product.isMySqlFamily()
        ? column + " between " + all[0] + " and " + all[all.length - 1]
        : column + " in " + list(slots);
  }

  /** Name of an object of ours that belongs to a table: short enough for all products. */
  static String nameFor(String table, String suffix) {
    String hash = Integer.toHexString(table.hashCode());
    String plain = table.replaceAll("[^A-Za-z0-9_]", "_").toLowerCase(Locale.ROOT);
    return "tk_" + plain.substring(0, Math.min(plain.length(), 40)) + '_' + hash + '_' + suffix;
  }

  /** Columns k1 to k4 of the log, as many as the primary key has. */
  static String logKeys(TableShape shape) {
    return IntStream.rangeClosed(1, shape.primaryKey().size())
        .mapToObj(i -> "k" + i)
        .collect(Collectors.joining(", "));
  }

  /** Runs statements one after the other. */
  static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
