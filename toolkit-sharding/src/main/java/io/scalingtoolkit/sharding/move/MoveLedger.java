// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.internal.SqlStep;
import io.scalingtoolkit.sharding.internal.SqlWork;
import io.scalingtoolkit.sharding.map.JdbcShardMapStore;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/**
 * The moves in the control database. Every change of a move is a compare-and-set on its token and
 * state.
 *
 * <p>Thread-safe.
 */
final class MoveLedger {
  /** In place of the version of a map that was not made. */
  static final long NOT_IN_MAP = -1;

  private static final String COLUMNS =
      "id, slots, source, target, state, token, owner, lease_until, version, progress, row_count";

  private final DataSource control;
  private final Duration silence;

  /**
   * Of a control database.
   *
   * @param silence after which that ends a transaction of the mover
   */
  MoveLedger(DataSource control, Duration silence) {
    this.control = control;
    this.silence = silence;
  }

  void createTable() throws SQLException {
    SqlStep.creating(
        control,
        connection -> {
          String text = SqlProduct.of(connection).textType();
          Dialect.execute(
              connection,
              "create table if not exists tk_move (id varchar(36) not null primary key, slots "
                  + text
                  + " not null, source varchar(63) not null, target varchar(63) not null, state"
                  + " varchar(16) not null, token bigint not null, owner varchar(128),"
                  + " lease_until bigint not null, version bigint not null, progress "
                  + text
                  + " not null, row_count bigint not null, created_at bigint not null)",
              "create table if not exists tk_token (id integer not null primary key, last bigint not"
                  + " null)");
          try (Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery("select 1 from tk_token where id = 1")) {
            if (!rows.next()) {
              Dialect.execute(connection, "insert into tk_token (id, last) values (1, 0)");
            }
          }
        });
  }

  /**
   * Writes down a move, and returns the token for it. Its lease begins, or a mover that resumes
   * what it finds would take it at once.
   *
   * @throws IllegalStateException if the map does not have the slots at the source, or another
   *     unfinished move has some of them
   */
  long create(Move move, Duration lease) throws SQLException {
    return Silence.inTransaction(
        control,
        silence,
        connection -> {
          ShardMap map = JdbcShardMapStore.lock(connection);
          if (!has(map, move.target())) {
            throw new IllegalStateException(
                "the map has no shard \"" + move.target() + "\" to move slots to: " + map);
          }
          for (int slot : move.slots()) {
            if (slot >= map.slots() || !map.shardOf(slot).equals(move.source())) {
              throw new IllegalStateException(
                  "slot " + slot + " is not at shard \"" + move.source() + "\" in " + map);
            }
          }
          for (Move other : list(connection)) {
            boolean overlaps =
                IntStream.of(move.slots().toArray()).anyMatch(other.slots()::contains);
            if (!other.state().isFinal() && overlaps) {
              throw new IllegalStateException(
                  "move " + other.id() + " (" + other.state() + ") has some of the slots already");
            }
          }
          long token = nextToken(connection);
          insert(connection, move, token, lease);
          return token;
        });
  }

  private static boolean has(ShardMap map, String shard) {
    return map.shards().stream().anyMatch(each -> each.name().equals(shard));
  }

  private static void insert(Connection connection, Move move, long token, Duration lease)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into tk_move (" + COLUMNS + ", created_at) values (?,?,?,?,?,?,?,?,?,?,?,?)")) {
      insert.setString(1, move.id());
      insert.setString(2, move.slots().toString());
      insert.setString(3, move.source());
      insert.setString(4, move.target());
      insert.setString(5, move.state().name());
      insert.setLong(6, token);
      insert.setString(7, move.owner());
      insert.setLong(8, now(connection) + lease.toMillis());
      insert.setLong(9, move.version());
      insert.setString(10, move.progress());
      insert.setLong(11, move.rows());
      insert.setLong(12, now(connection));
      insert.executeUpdate();
    }
  }

  /** All moves, the oldest first. */
  List<Move> list() throws SQLException {
    return SqlWork.inTransaction(control, MoveLedger::list);
  }

  private static List<Move> list(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "select " + COLUMNS + " from tk_move order by created_at, id")) {
      return read(select);
    }
  }

  /**
   * One move.
   *
   * @throws IllegalArgumentException if there is none with this id
   */
  Move get(String id) throws SQLException {
    return SqlWork.inTransaction(control, connection -> get(connection, id));
  }

  /** As {@link #get(String)}, in the transaction of the connection. */
  static Move get(Connection connection, String id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("select " + COLUMNS + " from tk_move where id = ?")) {
      select.setString(1, id);
      List<Move> found = read(select);
      if (found.isEmpty()) {
        throw new IllegalArgumentException("there is no move \"" + id + '"');
      }
      return found.get(0);
    }
  }

  private static List<Move> read(PreparedStatement select) throws SQLException {
    List<Move> found = new ArrayList<>();
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        found.add(
            new Move(
                rows.getString(1),
                SlotSet.parse(rows.getString(2)),
                rows.getString(3),
                rows.getString(4),
                MoveState.valueOf(rows.getString(5)),
                rows.getLong(6),
                rows.getString(7),
                rows.getLong(8),
                rows.getLong(9),
                rows.getString(10),
                rows.getLong(11)));
      }
    }
    return found;
  }

  /** One more than any token before: movers can be told apart by age. */
  private static long nextToken(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("update tk_token set last = last + 1 where id = 1");
      try (ResultSet rows = statement.executeQuery("select last from tk_token where id = 1")) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }

  /** The clock of the control database, in milliseconds since 1970. */
  long now() throws SQLException {
    return SqlWork.inTransaction(control, MoveLedger::now);
  }

  private static long now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(SqlProduct.of(connection).nowQuery())) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /**
   * Takes a move over with a new token, unless another mover's lease still runs.
   *
   * @return the token; 0 if it did not
   */
  long claim(Move seen, String owner, Duration lease) throws SQLException {
    return Silence.inTransaction(
        control, silence, connection -> claim(connection, seen, owner, lease));
  }

  /** As {@link #claim(Move, String, Duration)}, in the transaction of the connection. */
  static long claim(Connection connection, Move seen, String owner, Duration lease)
      throws SQLException {
    long token = nextToken(connection);
    long now = now(connection);
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_move set token = ?, owner = ?, lease_until = ? where id = ? and token = ? and"
                + " (lease_until <= ? or owner = ? or owner is null)")) {
      update.setLong(1, token);
      update.setString(2, owner);
      update.setLong(3, now + lease.toMillis());
      update.setString(4, seen.id());
      update.setLong(5, seen.token());
      update.setLong(6, now);
      update.setString(7, owner);
      return update.executeUpdate() == 1 ? token : 0;
    }
  }

  /**
   * Goes from one state to another, or stays in it and says more about the progress; renews the
   * lease.
   *
   * @throws FencedException if another mover has the move, or the state is another one
   */
  void advance(Move move, MoveState to, String progress, long rows, Duration lease)
      throws SQLException {
    boolean unused =
        Silence.inTransaction(
            control,
            silence,
            connection -> {
              try (PreparedStatement update =
                  connection.prepareStatement(
                      "update tk_move set state = ?, progress = ?, row_count = ?, lease_until = ? where"
                          + " id = ? and token = ? and state = ?")) {
                update.setString(1, to.name());
                update.setString(2, progress);
                update.setLong(3, rows);
                update.setLong(4, now(connection) + lease.toMillis());
                update.setString(5, move.id());
                update.setLong(6, move.token());
                update.setString(7, move.state().name());
                if (update.executeUpdate() != 1) {
                  throw new FencedException(
                      "move " + move.id() + " has gone on without this mover");
                }
              }
              return true;
            });
  }

  /**
   * The one step that decides, when the transaction of the connection is committed: the map names
   * the other shard from there on, or does not.
   *
   * @return the version of the new map; {@link #NOT_IN_MAP} if the map has no shard of that name,
   *     as then nothing has changed
   * @throws FencedException if another mover has the move, or the state is another one
   */
  static long commitSwitch(Connection connection, Move move, MoveState to, String winner)
      throws SQLException {
    ShardMap map = JdbcShardMapStore.lock(connection);
    if (!has(map, winner)) {
      return NOT_IN_MAP;
    }
    ShardMap next = map.assign(move.slots(), winner);
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_move set state = ?, version = ? where id = ? and token = ? and state = ?")) {
      update.setString(1, to.name());
      update.setLong(2, next.version());
      update.setString(3, move.id());
      update.setLong(4, move.token());
      update.setString(5, move.state().name());
      if (update.executeUpdate() != 1) {
        throw new FencedException("move " + move.id() + " has gone on without this mover");
      }
    }
    if (!JdbcShardMapStore.replace(connection, next)) {
      throw new FencedException("the map changed while it was locked");
    }
    return next.version();
  }

  /** The current map. */
  ShardMap map() throws SQLException {
    return ShardMapStore.jdbc(control).load();
  }
}
