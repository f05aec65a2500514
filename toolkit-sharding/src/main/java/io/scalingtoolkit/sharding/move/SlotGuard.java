// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.ShardMap;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Triggers in a shard that refuse to write a row whose slot is not there.
 *
 * <p>Installed once in each shard, before rows are shared out; from then on every writer is held to
 * the map, also one that does not use this library, has an old map, or was asleep for an hour.
 * While a slot moves, the same triggers note the keys that change.
 *
 * <p>A refused write fails with SQLState {@value #REFUSED}, for which {@link #isRefusal} asks; the
 * transaction has to be rolled back and done again where the slot is now.
 *
 * <p>Thread-safe. {@link #install} blocks on the database.
 */
public final class SlotGuard {
  /** SQLState of a write that was refused: of class 40, transaction rollback. */
  public static final String REFUSED = "40TK1";

  private static final String SQLITE_MESSAGE = "tk: the slot of a row";
  private static final int BATCH = 500;

  private final List<ShardedTable> tables;

  private SlotGuard(List<ShardedTable> tables) {
    this.tables = tables;
  }

  /**
   * A guard for these tables.
   *
   * @param tables all sharded tables, those that others refer to by foreign keys before these
   * @throws IllegalArgumentException if there is none, or one twice
   */
  public static SlotGuard of(List<ShardedTable> tables) {
    Set<String> names = new HashSet<>();
    for (ShardedTable table : tables) {
      if (!names.add(table.name())) {
        throw new IllegalArgumentException("table \"" + table.name() + "\" is named twice");
      }
    }
    if (names.isEmpty()) {
      throw new IllegalArgumentException("tables must name at least one table");
    }
    return new SlotGuard(List.copyOf(tables));
  }

  /** As {@link #of(List)}. */
  public static SlotGuard of(ShardedTable... tables) {
    return of(List.of(tables));
  }

  /** The tables, in the order in which they were given; immutable. */
  public List<ShardedTable> tables() {
    return tables;
  }

  /**
   * Creates the tables and triggers of the guard in a shard. What is there already stays, so that
   * this can be run at every start; slots that the shard does not know yet, such as those of keys
   * pinned since, are added as the map says.
   *
   * @param shard the database
   * @param name its name in the map; if the map has no such shard it has no slots
   * @param map the current map
   * @throws SQLFeatureNotSupportedException if a table cannot be guarded; the message says why
   * @throws SQLException if the database refuses, for instance for want of the right to create
   *     triggers
   */
  public void install(DataSource shard, String name, ShardMap map) throws SQLException {
    try (Connection connection = shard.getConnection()) {
      Dialect dialect = Dialect.of(SqlProduct.of(connection));
      List<TableShape> shapes = new ArrayList<>();
      for (ShardedTable table : tables) {
        TableShape shape = TableShape.read(connection, dialect.product(), table);
        List<String> obstacles = dialect.obstacles(connection, shape);
        if (!obstacles.isEmpty()) {
          throw new SQLFeatureNotSupportedException(
              "table \"" + table.name() + "\" cannot be sharded: " + String.join("; ", obstacles));
        }
        shapes.add(shape);
      }
      dialect.createTables(connection);
      addSlots(connection, dialect.product(), name, map);
      for (TableShape shape : shapes) {
        dialect.createTriggers(connection, shape);
      }
    }
  }

  private static void addSlots(Connection connection, SqlProduct product, String name, ShardMap map)
      throws SQLException {
    String columns = " into tk_slot (slot, state, epoch, capture) values (?, ?, ?, 0)";
    String sql =
        switch (product) {
          case POSTGRESQL -> "insert" + columns + " on conflict (slot) do nothing";
          case MARIADB, MYSQL -> "insert ignore" + columns;
          case SQLITE -> "insert or ignore" + columns;
        };
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (int slot = 0; slot < map.slots(); slot++) {
        boolean here = map.shardOf(slot).equals(name);
        insert.setInt(1, slot);
        insert.setString(2, (here ? SlotState.OWNED : SlotState.FOREIGN).name());
        insert.setLong(3, map.version());
        insert.addBatch();
        if (slot % BATCH == BATCH - 1) {
          insert.executeBatch();
        }
      }
      insert.executeBatch();
      connection.commit();
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }

  /**
   * Whether a failure is, or has as its cause, a write that was refused because of its slot. If so
   * the transaction may be done again from its beginning, after the map was read again.
   */
  public static boolean isRefusal(@Nullable Throwable failure) {
    int depth = 0;
    for (Throwable each = failure; each != null && depth < 32; each = each.getCause(), depth++) {
      if (each instanceof SQLException sql) {
        for (SQLException next = sql; next != null && depth < 32; depth++) {
          if (refused(next)) {
            return true;
          }
          next = next.getNextException();
        }
      }
    }
    return false;
  }

  private static boolean refused(SQLException failure) {
    if (REFUSED.equals(failure.getSQLState())) {
      return true;
    }
    String message = failure.getMessage();
    return message != null && message.contains(SQLITE_MESSAGE);
  }
}
