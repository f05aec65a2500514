// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Row triggers with a locking read of the slot, which in InnoDB sees what is committed last at
 * every isolation level. MariaDB and MySQL.
 */
record MySqlDialect(SqlProduct product) implements Dialect {
  private static final int INTERRUPTED = 1317;
  private static final int TIMED_OUT = 1969;
  private static final int LOCK_WAIT = 1205;
  private static final int DEADLOCK = 1213;

  @Override
  public void createTables(Connection connection) throws SQLException {
    Dialect.execute(
        connection,
        "create table if not exists tk_slot (slot integer primary key, state varchar(10) not null,"
            + " epoch bigint not null, token bigint not null default 0, capture smallint not null default 0)"
            + " engine=InnoDB character set ascii",
        "create table if not exists tk_log (seq bigint auto_increment primary key, slot integer not"
            + " null, tab varchar(64) character set utf8mb4 not null, k1 text character set utf8mb4,"
            + " k2 text character set utf8mb4, k3 text character set utf8mb4, k4 text character set"
            + " utf8mb4, key tk_log_slot (slot, seq)) engine=InnoDB");
  }

  @Override
  public void createTriggers(Connection connection, TableShape shape) throws SQLException {
    create(connection, shape, "insert", "NEW");
    create(connection, shape, "delete", "OLD");
    create(connection, shape, "update", "OLD", "NEW");
  }

  private void create(Connection connection, TableShape shape, String event, String... sides)
      throws SQLException {
    String name = Dialect.nameFor(shape.table().name(), event.substring(0, 3));
    String slot = product.quote(shape.columns().get(shape.slot()).name());
    StringBuilder body = new StringBuilder();
    for (String side : sides) {
      String guarded = guard(shape, side, slot);
      body.append(
          side.equals("NEW") && sides.length > 1 ? secondSide(shape, slot, guarded) : guarded);
    }
    String statement =
        """
        begin
          declare v_state varchar(10) default null;
          declare v_token bigint default null;
          declare v_epoch bigint default null;
          declare v_capture smallint default 0;
          declare v_message varchar(128);
        %send"""
            .formatted(body);
    replace(
        connection,
        shape,
        name,
        "create trigger %s after %s on %s for each row\n%s"
            .formatted(name, event, shape.quoted(product), statement),
        statement);
  }

  /** Without a moment in which writers would get by, or nothing at all where it is there. */
  private static void replace(
      Connection connection, TableShape shape, String name, String sql, String statement)
      throws SQLException {
    String there = null;
    try (PreparedStatement select =
        connection.prepareStatement(
            "select action_statement from information_schema.triggers where trigger_schema ="
                + " database() and trigger_name = ?")) {
      select.setString(1, name);
      try (ResultSet rows = select.executeQuery()) {
        if (rows.next()) {
          there = rows.getString(1);
        }
      }
    }
    if (there == null) {
      Dialect.execute(connection, sql);
    } else if (!there.strip().equals(statement.strip())) {
      try {
        Dialect.execute(
            connection,
            "lock tables " + SqlProduct.MYSQL.quote(shape.table().name()) + " write",
            "drop trigger " + name,
            sql);
      } finally {
        Dialect.execute(connection, "unlock tables");
      }
    }
  }

  /** An update that leaves key and slot alone was guarded and logged by the old side already. */
  private String secondSide(TableShape shape, String slot, String guarded) {
    String same =
        shape.keyColumns().stream()
            .map(each -> product.quote(each.name()))
            .map(each -> "binary OLD." + each + " <=> binary NEW." + each)
            .collect(Collectors.joining(" and "));
    // A select that meets no row leaves the variables as they were: the other side's.
    return """
      if not (OLD.%1$s <=> NEW.%1$s and %2$s) then
        set v_state = null, v_token = null, v_epoch = null, v_capture = 0;
    %3$s  end if;
    """
        .formatted(slot, same, guarded);
  }

  private String guard(TableShape shape, String side, String slot) {
    String keys =
        shape.keyColumns().stream()
            .map(each -> keyText(side + '.' + product.quote(each.name()), each))
            .collect(Collectors.joining(", "));
    return """
      select state, epoch, token, capture into v_state, v_epoch, v_token, v_capture
        from tk_slot where slot = %1$s.%2$s lock in share mode;
      if not (v_state <=> 'OWNED' and @tk_mover is null
          or v_state <=> 'IMPORTING' and v_token <=> @tk_mover) then
        set v_message = concat('tk: slot ', coalesce(%1$s.%2$s, 'null'), ' is ',
          coalesce(v_state, 'unknown'), ' here, epoch ', coalesce(v_epoch, 'none'));
        signal sqlstate '%3$s' set message_text = v_message;
      end if;
      if v_capture = 1 then
        insert into tk_log (slot, tab, %4$s) values (%1$s.%2$s, '%5$s', %6$s);
      end if;
    """
        .formatted(
            side,
            slot,
            SlotGuard.REFUSED,
            Dialect.logKeys(shape),
            shape.table().name().replace("'", "''"),
            keys);
  }

  private static String keyText(String value, TableShape.Column column) {
    if (column.kind() == ColumnKind.TIME
        && column.type().regionMatches(true, 0, "timestamp", 0, 9)) {
      // In UTC, whatever zone the writer's session has, and exact where its clocks are set back.
      return "date_add('1970-01-01 00:00:00.000000', interval unix_timestamp("
          + value
          + ") second)";
    }
    return column.kind() == ColumnKind.BYTES
        ? "hex(" + value + ")"
        : "cast(" + value + " as char character set utf8mb4)";
  }

  @Override
  public List<String> obstacles(Connection connection, TableShape shape) throws SQLException {
    List<String> found = new ArrayList<>();
    String table = shape.table().name();
    if (!one(
        connection,
        "select 1 from information_schema.tables where table_schema = database() and table_name = ?"
            + " and engine = 'InnoDB'",
        table)) {
      found.add("its engine is not InnoDB, which alone rolls back and locks rows");
    }
    if (one(
        connection,
        "select 1 from information_schema.referential_constraints where constraint_schema ="
            + " database() and table_name = ? and (delete_rule in ('CASCADE', 'SET NULL') or"
            + " update_rule in ('CASCADE', 'SET NULL'))",
        table)) {
      found.add("a foreign key changes its rows by CASCADE or SET NULL, which runs no triggers");
    }
    if (one(
        connection,
        "select 1 from information_schema.columns where table_schema = database() and table_name ="
            + " ? and extra like '%auto_increment%'",
        table)) {
      found.add("it has an AUTO_INCREMENT column, and two shards would hand out the same number");
    }
    if (Reference.isToItselfAlways(Reference.of(connection, product, shape))) {
      found.add("a foreign key to itself may not be null, and InnoDB deletes no row of a circle");
    }
    if (shape.keyColumns().stream().anyMatch(TableShape.Column::singleFloat)) {
      found.add("its primary key has a FLOAT, which is rounded where it is printed");
    }
    return found;
  }

  private static boolean one(Connection connection, String sql, String table) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  @Override
  public void actAs(Connection connection, long token) throws SQLException {
    Dialect.execute(
        connection,
        "set @tk_mover = " + token + ", @tk_zone = @@session.time_zone, time_zone = '+00:00'");
  }

  @Override
  public void actAsNobody(Connection connection) throws SQLException {
    Dialect.execute(
        connection, "set @tk_mover = null, time_zone = coalesce(@tk_zone, @@session.time_zone)");
  }

  @Override
  public void readUtc(Connection connection) throws SQLException {
    Dialect.execute(connection, "set @tk_zone = @@session.time_zone, time_zone = '+00:00'");
  }

  @Override
  public void readAsBefore(Connection connection) throws SQLException {
    Dialect.execute(connection, "set time_zone = coalesce(@tk_zone, @@session.time_zone)");
  }

  /** The lock wait timeout of InnoDB counts in seconds, so the statement is cancelled instead. */
  @Override
  public void lock(Connection connection, SlotSet slots, Duration patience) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      CompletableFuture<Void> granted = new CompletableFuture<>();
      CompletableFuture<Boolean> cancelled =
          granted
              .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
              .handleAsync((ignored, timeout) -> timeout != null && cancel(statement));
      try {
        statement.execute(
            "select slot from tk_slot where slot in "
                + Dialect.list(slots)
                + " order by slot for update");
        granted.complete(null);
      } catch (SQLException e) {
        granted.complete(null);
        if (cancelled.join()) {
          // Drivers do not agree on what a cancelled statement throws.
          throw new SQLTimeoutException("writers did not end in " + patience, e);
        }
        throw e;
      }
      // A cancel that is under way must not hit the next statement of this connection.
      cancelled.join();
    }
  }

  private static boolean cancel(Statement statement) {
    try {
      statement.cancel();
      return true;
    } catch (SQLException e) {
      throw new IllegalStateException("the wait for a lock could not be cancelled", e);
    }
  }

  @Override
  public boolean isLockTimeout(SQLException failure) {
    if (failure instanceof SQLTimeoutException) {
      return true;
    }
    return switch (failure.getErrorCode()) {
      case INTERRUPTED, TIMED_OUT, LOCK_WAIT, DEADLOCK -> true;
      default -> false;
    };
  }

  /** Sets the key to itself: nothing else would leave other errors what they are. */
  @Override
  public String insertIfAbsent(TableShape shape) {
    String key = product.quote(shape.keyColumns().get(0).name());
    return insert(shape) + " on duplicate key update " + key + " = " + key;
  }

  @Override
  public String upsert(TableShape shape) {
    String sets =
        shape.columnNames().stream()
            .map(product::quote)
            .map(each -> each + " = values(" + each + ")")
            .collect(Collectors.joining(", "));
    return insert(shape) + " on duplicate key update " + sets;
  }
}
