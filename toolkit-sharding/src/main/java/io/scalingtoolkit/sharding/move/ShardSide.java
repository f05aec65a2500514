// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.internal.SqlStep;
import io.scalingtoolkit.sharding.internal.SqlWork;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.sql.DataSource;

/**
 * One of the two databases of a move.
 *
 * @param name in the map
 * @param database its primary
 * @param dialect of its product
 * @param shapes of the sharded tables, those that others refer to before these
 * @param silence after which the database ends a transaction of the mover
 */
record ShardSide(
    String name, DataSource database, Dialect dialect, List<TableShape> shapes, Duration silence) {
  static ShardSide open(String name, DataSource database, List<ShardedTable> tables)
      throws SQLException {
    return open(name, database, tables, Silence.of(MoveOptions.DEFAULT.lease()));
  }

  static ShardSide open(
      String name, DataSource database, List<ShardedTable> tables, Duration silence)
      throws SQLException {
    try (Connection connection = database.getConnection()) {
      Dialect dialect = Dialect.of(SqlProduct.of(connection));
      List<TableShape> shapes = new ArrayList<>();
      for (ShardedTable table : tables) {
        shapes.add(TableShape.read(connection, dialect.product(), table));
      }
      return new ShardSide(name, database, dialect, List.copyOf(shapes), silence);
    }
  }

  /** The same with the kinds of the other side, if this one's product has no types of its own. */
  ShardSide typedBy(ShardSide other) throws SQLException {
    if (dialect.product() != SqlProduct.SQLITE) {
      return this;
    }
    List<TableShape> typed = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      typed.add(shapes.get(i).withKindsOf(other.shapes.get(i)));
    }
    return new ShardSide(name, database, dialect, List.copyOf(typed), silence);
  }

  SqlProduct product() {
    return dialect.product();
  }

  TableShape shape(String table) throws SQLException {
    for (TableShape shape : shapes) {
      if (shape.table().name().equals(table)) {
        return shape;
      }
    }
    throw new SQLException("the log of \"" + name + "\" has a row of an unknown table: " + table);
  }

  /** Fails if there are rows of these slots. */
  void requireEmpty(Connection connection, SlotSet slots) throws SQLException {
    for (TableShape shape : shapes) {
      String sql =
          "select 1 from "
              + shape.quoted(product())
              + " where "
              + Dialect.in(product(), product().quote(shape.table().slotColumn()), slots)
              + " limit 1";
      try (PreparedStatement select = connection.prepareStatement(sql);
          ResultSet rows = select.executeQuery()) {
        if (rows.next()) {
          throw new SQLException(
              "table \""
                  + shape.table().name()
                  + "\" of target \""
                  + name
                  + "\" must have no rows of slots "
                  + slots
                  + ", has some; delete them first",
              "TK005");
        }
      }
    }
  }

  /** How many rows of a table each of these slots has; slots without rows are left out. */
  SortedMap<Integer, Long> counts(TableShape like, SlotSet slots) throws SQLException {
    TableShape shape = shape(like.table().name());
    String slot = product().quote(shape.table().slotColumn());
    String sql =
        "select %1$s, count(*) from %2$s where %3$s group by %1$s"
            .formatted(slot, shape.quoted(product()), Dialect.in(product(), slot, slots));
    return transaction(
        connection -> {
          SortedMap<Integer, Long> counts = new TreeMap<>();
          try (Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
              counts.put(rows.getInt(1), rows.getLong(2));
            }
          }
          return counts;
        });
  }

  /** A transaction that reads; times that depend on a zone are in UTC. */
  <T> T transaction(SqlWork<T> work) throws SQLException {
    if (!hasTimes()) {
      return SqlWork.inTransaction(database, work);
    }
    try (Connection connection = database.getConnection()) {
      boolean clean = false;
      try {
        T result =
            SqlWork.inTransaction(
                connection,
                own -> {
                  dialect.readUtc(own);
                  T read = work.run(own);
                  dialect.readAsBefore(own);
                  return read;
                });
        clean = true;
        return result;
      } finally {
        if (!clean) {
          restore(connection, dialect::readAsBefore);
        }
      }
    }
  }

  /** After a failure, which is what the caller needs to see: a second one ends the connection. */
  private static void restore(Connection connection, SqlStep step) throws SQLException {
    try {
      if (!connection.isClosed()) {
        step.run(connection);
      }
    } catch (SQLException broken) {
      connection.abort(Runnable::run);
    }
  }

  private boolean hasTimes() {
    return shapes.stream()
        .flatMap(shape -> shape.columns().stream())
        .anyMatch(column -> column.kind() == ColumnKind.TIME || column.kind() == ColumnKind.OTHER);
  }

  /** A transaction that gives nothing. */
  void execute(SqlStep step) throws SQLException {
    boolean unused =
        Silence.inTransaction(
            database,
            silence,
            connection -> {
              step.run(connection);
              return true;
            });
  }

  /** A transaction that may write slots which import with this token; gives the rows it wrote. */
  int importing(long token, SqlWork<Integer> work) throws SQLException {
    try (Connection connection = database.getConnection()) {
      boolean clean = false;
      try {
        int rows =
            Silence.inTransaction(
                connection,
                silence,
                own -> {
                  dialect.actAs(own, token);
                  int written = work.run(own);
                  dialect.actAsNobody(own);
                  return written;
                });
        clean = true;
        return rows;
      } catch (SQLException e) {
        if (SlotGuard.isRefusal(e)) {
          throw new FencedException("\"" + name + "\" refuses this mover", e);
        }
        throw e;
      } finally {
        if (!clean && dialect.product().isMySqlFamily()) {
          restore(connection, dialect::actAsNobody);
        }
      }
    }
  }

  /**
   * Changes slots while no writer is in them.
   *
   * @return false if writers did not end in time; then nothing has changed
   */
  boolean locked(SlotSet slots, Duration patience, SqlStep step) throws SQLException {
    try {
      execute(
          connection -> {
            dialect.lock(connection, slots, patience);
            step.run(connection);
          });
      return true;
    } catch (SQLException e) {
      if (dialect.isLockTimeout(e)) {
        return false;
      }
      throw e;
    }
  }
}
