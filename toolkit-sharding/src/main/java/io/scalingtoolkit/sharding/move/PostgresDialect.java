// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Statement triggers over transition tables, so that a statement of many rows asks once a slot.
 *
 * <p>At READ COMMITTED the shared lock is an advisory one, which writes nothing; the state is read
 * by a statement of its own, whose snapshot is younger than the lock. At higher levels that
 * statement would see the snapshot of the transaction and so a state from before the lock: there
 * the row itself is locked, which fails with 40001 if it has changed since.
 */
final class PostgresDialect implements Dialect {
  /** First key of our advisory locks, to stay clear of those of the application: "tkSl". */
  private static final int LOCK_CLASS = 0x746b536c;

  private static final Set<String> LOCK_TIMEOUTS = Set.of("55P03", "57014");

  @Override
  public SqlProduct product() {
    return SqlProduct.POSTGRESQL;
  }

  @Override
  public void createTables(Connection connection) throws SQLException {
    String schema = product().quote(connection.getSchema());
    Dialect.execute(
        connection,
        "create table if not exists tk_slot (slot integer primary key, state varchar(10) not null,"
            + " epoch bigint not null, token bigint not null default 0, capture smallint not null"
            // A move changes all rows of a group several times: with room in each page for that,
            // the index stays as it is, which writers would wait for at the switch.
            + " default 0) with (fillfactor = 25)",
        "create table if not exists tk_log (seq bigint generated always as identity primary key,"
            + " slot integer not null, tab varchar(64) not null, k1 text, k2 text, k3 text, k4"
            + " text)",
        "create index if not exists tk_log_slot on tk_log (slot, seq)",
        guardFunction(schema));
  }

  private static String guardFunction(String schema) {
    return """
    create or replace function %1$s.tk_guard(p_slot integer) returns boolean
    language plpgsql volatile as $tk$
    declare
      v_state varchar(10);
      v_epoch bigint;
      v_token bigint;
      v_capture smallint;
    begin
      if current_setting('transaction_isolation') = 'read committed' then
        perform pg_advisory_xact_lock_shared(%2$d, p_slot);
        select state, epoch, token, capture into v_state, v_epoch, v_token, v_capture
          from %1$s.tk_slot where slot = p_slot;
      else
        select state, epoch, token, capture into v_state, v_epoch, v_token, v_capture
          from %1$s.tk_slot where slot = p_slot for share;
      end if;
      if v_state = 'OWNED' and coalesce(current_setting('tk.mover', true), '') = ''
          or v_state = 'IMPORTING' and v_token::text = current_setting('tk.mover', true) then
        return v_capture = 1;
      end if;
      raise exception using
        errcode = '%3$s',
        message = 'tk: slot ' || coalesce(p_slot::text, 'null') || ' is '
          || coalesce(v_state, 'unknown') || ' here, epoch ' || coalesce(v_epoch::text, 'none');
    end $tk$"""
        .formatted(schema, LOCK_CLASS, SlotGuard.REFUSED);
  }

  @Override
  public void createTriggers(Connection connection, TableShape shape) throws SQLException {
    String schema = product().quote(connection.getSchema());
    String table = schema + '.' + shape.quoted(product());
    create(connection, shape, schema, table, "insert", "new table as tk_new", "tk_new");
    create(connection, shape, schema, table, "delete", "old table as tk_old", "tk_old");
    create(
        connection,
        shape,
        schema,
        table,
        "update",
        "old table as tk_old new table as tk_new",
        "tk_old",
        "tk_new");
    String truncate = Dialect.nameFor(shape.table().name(), "trunc");
    Dialect.execute(
        connection,
        """
        create or replace function %1$s.%2$s() returns trigger language plpgsql as $tk$
        begin
          raise exception using errcode = '0A000',
            message = 'tk: a sharded table cannot be truncated, as its slots may be moving';
        end $tk$"""
            .formatted(schema, truncate));
    attach(
        connection,
        table,
        truncate,
        "create trigger %2$s before truncate on %3$s for each statement execute function %1$s.%2$s()"
            .formatted(schema, truncate, table));
  }

  /**
   * Creates a trigger where there is none of that name. One that is there calls the function that
   * was just replaced; to drop it would let writers by until it is created again.
   */
  private static void attach(Connection connection, String table, String name, String sql)
      throws SQLException {
    String enabled = null;
    try (PreparedStatement select =
        connection.prepareStatement(
            "select tgenabled from pg_trigger where tgrelid = ?::regclass and tgname = ?")) {
      select.setString(1, table);
      select.setString(2, name);
      try (ResultSet rows = select.executeQuery()) {
        if (rows.next()) {
          enabled = rows.getString(1);
        }
      }
    }
    if (enabled == null) {
      Dialect.execute(connection, sql);
    }
    if (!"A".equals(enabled)) {
      Dialect.execute(connection, "alter table " + table + " enable always trigger " + name);
    }
  }

  private void create(
      Connection connection,
      TableShape shape,
      String schema,
      String table,
      String event,
      String transition,
      String... relations)
      throws SQLException {
    String name = Dialect.nameFor(shape.table().name(), event.substring(0, 3));
    String slot = product().quote(shape.columns().get(shape.slot()).name());
    String slots =
        List.of(relations).stream()
            .map(each -> "select " + slot + " as s from " + each)
            .collect(Collectors.joining(" union "));
    String all = slots.replace(" union ", " union all ");
    String keys = shape.keyColumns().stream().map(this::keyText).collect(Collectors.joining(", "));
    String rows =
        List.of(relations).stream()
            .map(
                each ->
                    "select %1$s, '%4$s', %2$s from %3$s where %1$s = v_slot"
                        .formatted(slot, keys, each, text(shape.table().name())))
            .collect(Collectors.joining(" union "));
    Dialect.execute(
        connection,
        """
        create or replace function %1$s.%2$s() returns trigger language plpgsql volatile%6$s as $tk$
        declare
          v_slot integer;
          v_last integer;
        begin
          -- Most statements change rows of one slot, and to sort slots costs more than to guard one.
          select min(coalesce(s, -1)), max(coalesce(s, -1)) into v_slot, v_last from (%7$s) q;
          if v_slot = v_last and v_slot >= 0 then
            if %1$s.tk_guard(v_slot) then
              insert into %1$s.tk_log (slot, tab, %4$s)
                %5$s;
            end if;
            return null;
          end if;
          for v_slot in select distinct s from (%3$s) q order by 1 loop
            if %1$s.tk_guard(v_slot) then
              insert into %1$s.tk_log (slot, tab, %4$s)
                %5$s;
            end if;
          end loop;
          return null;
        end $tk$"""
            .formatted(schema, name, slots, Dialect.logKeys(shape), rows, settings(shape), all));
    attach(
        connection,
        table,
        name,
        "create trigger %2$s after %4$s on %3$s referencing %5$s for each statement execute function %1$s.%2$s()"
            .formatted(schema, name, table, event, transition));
  }

  private String keyText(TableShape.Column column) {
    String name = product().quote(column.name());
    return column.kind() == ColumnKind.BYTES ? "encode(" + name + ", 'hex')" : name + "::text";
  }

  /** Of the function, where the text of a key would otherwise be as the session of a writer is. */
  private static String settings(TableShape shape) {
    boolean depends =
        shape.keyColumns().stream()
            .map(TableShape.Column::kind)
            .anyMatch(
                kind ->
                    kind == ColumnKind.TIME || kind == ColumnKind.OTHER || kind == ColumnKind.REAL);
    return depends
        ? " set datestyle = 'ISO' set timezone = 'UTC' set intervalstyle = 'postgres'"
            + " set extra_float_digits = 1 set bytea_output = 'hex'"
        : "";
  }

  private static String text(String value) {
    return value.replace("'", "''");
  }

  @Override
  public List<String> obstacles(Connection connection, TableShape shape) throws SQLException {
    List<String> found = new ArrayList<>();
    String sql =
        """
        select c.relkind in ('p', 'f') or exists (select 1 from pg_inherits i where i.inhparent = c.oid
                 or i.inhrelid = c.oid),
               exists (select 1 from pg_subscription_rel s where s.srrelid = c.oid),
               exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attidentity <> ''),
               c.relkind <> 'r'
        from pg_class c where c.oid = ?::regclass""";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(
          1, product().quote(connection.getSchema()) + '.' + shape.quoted(product()));
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        if (rows.getBoolean(1)) {
          found.add("it has partitions or children, whose rows can be written past its triggers");
        }
        if (rows.getBoolean(2)) {
          found.add("a subscription fills it, and that runs no statement triggers");
        }
        if (rows.getBoolean(3)) {
          found.add("it has an identity column, and two shards would hand out the same number");
        }
        if (rows.getBoolean(4) && found.isEmpty()) {
          found.add("it is no plain table");
        }
      }
    }
    return found;
  }

  @Override
  public void actAs(Connection connection, long token) throws SQLException {
    Dialect.execute(
        connection,
        "select set_config('tk.mover', '" + token + "', true)",
        "set local timezone = 'UTC'");
  }

  @Override
  public void readUtc(Connection connection) throws SQLException {
    Dialect.execute(connection, "set local timezone = 'UTC'");
  }

  @Override
  public void readAsBefore(Connection connection) {
    // Ended with the transaction.
  }

  @Override
  public void actAsNobody(Connection connection) {
    // Ended with the transaction.
  }

  @Override
  public void lock(Connection connection, SlotSet slots, Duration patience) throws SQLException {
    String where = Dialect.in(product(), "slot", slots);
    long millis = Math.max(1, patience.toMillis());
    // Of a lock for one slot, and of all of them: writers wait behind those that are had already.
    Dialect.execute(
        connection,
        "set local lock_timeout = " + millis + "; set local statement_timeout = " + millis,
        // Counted, so that thousands of rows with nothing in them need not come here.
        "select count(l) from (select pg_advisory_xact_lock("
            + LOCK_CLASS
            + ", s) as l from (select slot as s from tk_slot where "
            + where
            + " order by slot offset 0) q) r",
        "select count(*) from (select 1 from tk_slot where "
            + where
            + " order by slot for update) q",
        "set local lock_timeout = 0; set local statement_timeout = 0");
  }

  @Override
  public boolean isLockTimeout(SQLException failure) {
    return failure.getSQLState() != null && LOCK_TIMEOUTS.contains(failure.getSQLState());
  }

  @Override
  public String insertIfAbsent(TableShape shape) {
    return insert(shape) + " on conflict (" + shape.keyList(product()) + ") do nothing";
  }

  @Override
  public String upsert(TableShape shape) {
    return insert(shape) + conflictUpdate(shape, product());
  }

  /** Of PostgreSQL and SQLite alike. */
  static String conflictUpdate(TableShape shape, SqlProduct product) {
    String sets =
        shape.columnNames().stream()
            .map(each -> product.quote(each) + " = excluded." + product.quote(each))
            .collect(Collectors.joining(", "));
    return " on conflict (" + shape.keyList(product) + ") do update set " + sets;
  }
}
