// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.internal.SqlWork;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Row triggers; the lock is that of the whole database, of which SQLite lets one transaction write
 * at a time, and only on the newest state. The token of the mover stands in a table of one row for
 * as long as its transaction lasts.
 */
final class SqliteDialect implements Dialect {
  private static final int BUSY = 5;
  private static final int LOCKED = 6;

  @Override
  public SqlProduct product() {
    return SqlProduct.SQLITE;
  }

  @Override
  public void createTables(Connection connection) throws SQLException {
    Dialect.execute(
        connection,
        "create table if not exists tk_slot (slot integer primary key, state text not null, epoch"
            + " integer not null, token integer not null default 0, capture integer not null default 0)",
        "create table if not exists tk_log (seq integer primary key autoincrement, slot integer not"
            + " null, tab text not null, k1 text, k2 text, k3 text, k4 text)",
        "create index if not exists tk_log_slot on tk_log (slot, seq)",
        "create table if not exists tk_mover (id integer primary key check (id = 1), token integer)",
        "insert or ignore into tk_mover (id, token) values (1, null)");
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
    String body =
        List.of(sides).stream().map(side -> guard(shape, side)).collect(Collectors.joining());
    // At once: between the two nothing would be guarded or noted.
    boolean unused =
        SqlWork.inTransaction(
            connection,
            own -> {
              Dialect.execute(
                  own,
                  "drop trigger if exists " + name,
                  "create trigger %s after %s on %s for each row begin\n%send"
                      .formatted(name, event, shape.quoted(product()), body));
              return true;
            });
  }

  private String guard(TableShape shape, String side) {
    String slot = side + '.' + product().quote(shape.columns().get(shape.slot()).name());
    String keys =
        shape.keyColumns().stream()
            .map(each -> keyText(side + '.' + product().quote(each.name()), each))
            .collect(Collectors.joining(", "));
    return """
      select raise(abort, 'tk: the slot of a row is not here, or is leaving') where not exists (
        select 1 from tk_slot where slot = %1$s and (
          state = 'OWNED' and (select token from tk_mover) is null
          or state = 'IMPORTING' and token = (select token from tk_mover)));
      insert into tk_log (slot, tab, %2$s)
        select slot, '%3$s', %4$s from tk_slot where slot = %1$s and capture = 1;
    """
        .formatted(slot, Dialect.logKeys(shape), shape.table().name().replace("'", "''"), keys);
  }

  private static String keyText(String value, TableShape.Column column) {
    return column.kind() == ColumnKind.BYTES ? "hex(" + value + ")" : "cast(" + value + " as text)";
  }

  @Override
  public List<String> obstacles(Connection connection, TableShape shape) {
    return List.of();
  }

  @Override
  public void actAs(Connection connection, long token) throws SQLException {
    Dialect.execute(connection, "update tk_mover set token = " + token);
  }

  @Override
  public void actAsNobody(Connection connection) throws SQLException {
    Dialect.execute(connection, "update tk_mover set token = null");
  }

  @Override
  public void readUtc(Connection connection) {
    // It has no zones.
  }

  @Override
  public void readAsBefore(Connection connection) {
    // As above.
  }

  @Override
  public void lock(Connection connection, SlotSet slots, Duration patience) throws SQLException {
    // The first write of a transaction takes the lock of the database or waits for it.
    Dialect.execute(
        connection,
        "pragma busy_timeout = " + Math.max(1, patience.toMillis()),
        "update tk_mover set token = token");
  }

  @Override
  public boolean isLockTimeout(SQLException failure) {
    int primary = failure.getErrorCode() & 0xff;
    return primary == BUSY || primary == LOCKED;
  }

  @Override
  public String insertIfAbsent(TableShape shape) {
    return insert(shape) + " on conflict (" + shape.keyList(product()) + ") do nothing";
  }

  @Override
  public String upsert(TableShape shape) {
    return insert(shape) + PostgresDialect.conflictUpdate(shape, product());
  }
}
