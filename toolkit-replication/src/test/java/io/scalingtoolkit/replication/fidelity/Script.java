// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.fidelity;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Random sequences of JDBC calls; the same seed makes the same sequence. */
final class Script {
  /** A call, or a few. */
  interface Action {
    Object on(Lane lane) throws SQLException;
  }

  /** A named call with its arguments fixed. */
  record Step(String name, Action action) {}

  private static final List<String> QUERIES =
      List.of(
          "select id, name from t order by id",
          "select count(*) from t",
          "select name, id from t where name is null order by id",
          "select 1 as one, 'x' as two",
          "select id from t where id < 0",
          "select id from t order by id for update",
          "select max(id) from t",
          "select nothing from t",
          "selct");
  private static final List<String> UPDATES =
      List.of(
          "insert into t (name) values ('a')",
          "insert into t (name) values (null)",
          "update t set name = 'b' where id < 3",
          "delete from t where id > 8",
          "insert into t (id, name) values (1, 'twice')",
          "update no_such_table set name = 'b'",
          "select id from t where id = -1");
  private static final List<String> PREPARED =
      List.of(
          "select id, name from t where id > ? order by id",
          "insert into t (name) values (?)",
          "update t set name = ? where id = ?",
          "select count(*) from t",
          "select nothing from t where id = ?");
  private static final int[] LEVELS = {
    Connection.TRANSACTION_READ_COMMITTED,
    Connection.TRANSACTION_REPEATABLE_READ,
    Connection.TRANSACTION_SERIALIZABLE,
    Connection.TRANSACTION_READ_UNCOMMITTED
  };

  private final Random random;

  private Script(long seed) {
    random = new Random(seed);
  }

  static List<Step> of(long seed, int length) {
    Script script = new Script(seed);
    List<Step> steps = new ArrayList<>();
    while (steps.size() < length) {
      steps.add(script.next());
    }
    return steps;
  }

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private Step next() {
    int kind = random.nextInt(100);
    if (kind < 30) {
      return onStatement();
    }
    if (kind < 55) {
      return onPrepared();
    }
    if (kind < 75) {
      return onRows();
    }
    return kind < 90 ? onTransaction() : onConnection();
  }

  private Step onStatement() {
    String query = any(QUERIES);
    String update = any(UPDATES);
    int number = random.nextInt(4) - 1;
    return any(
        List.of(
            new Step("executeQuery " + query, l -> open(l, l.statement.executeQuery(query))),
            new Step("executeQuery " + update, l -> open(l, l.statement.executeQuery(update))),
            new Step("executeUpdate " + update, l -> l.statement.executeUpdate(update)),
            new Step("executeUpdate " + query, l -> l.statement.executeUpdate(query)),
            new Step("execute " + query, l -> l.statement.execute(query)),
            new Step("execute " + update, l -> l.statement.execute(update)),
            new Step("getResultSet", l -> open(l, l.statement.getResultSet())),
            new Step("getUpdateCount", l -> l.statement.getUpdateCount()),
            new Step("getMoreResults", l -> l.statement.getMoreResults()),
            new Step("addBatch " + update, l -> done(() -> l.statement.addBatch(update))),
            new Step("executeBatch", l -> Arrays.toString(l.statement.executeBatch())),
            new Step("clearBatch", l -> done(() -> l.statement.clearBatch())),
            new Step("setMaxRows " + number, l -> done(() -> l.statement.setMaxRows(number))),
            new Step("getMaxRows", l -> l.statement.getMaxRows()),
            new Step("setFetchSize " + number, l -> done(() -> l.statement.setFetchSize(number))),
            new Step("getFetchSize", l -> l.statement.getFetchSize()),
            new Step(
                "setQueryTimeout " + number, l -> done(() -> l.statement.setQueryTimeout(number))),
            new Step("getQueryTimeout", l -> l.statement.getQueryTimeout()),
            new Step("getResultSetType", l -> l.statement.getResultSetType()),
            new Step("getResultSetConcurrency", l -> l.statement.getResultSetConcurrency()),
            new Step("getResultSetHoldability", l -> l.statement.getResultSetHoldability()),
            new Step("getFetchDirection", l -> l.statement.getFetchDirection()),
            new Step("statement.getWarnings", l -> warned(l.statement.getWarnings())),
            new Step("statement.isClosed", l -> l.statement.isClosed()),
            new Step("statement.isPoolable", l -> l.statement.isPoolable()),
            new Step("statement.close", l -> done(() -> l.statement.close())),
            new Step("createStatement", l -> done(() -> fresh(l))),
            new Step(
                "keys",
                l -> {
                  String sql = "insert into t (name) values ('k')";
                  l.statement.executeUpdate(sql, Statement.RETURN_GENERATED_KEYS);
                  return open(l, l.statement.getGeneratedKeys());
                }),
            new Step("getGeneratedKeys", l -> open(l, l.statement.getGeneratedKeys())),
            new Step("same connection", l -> l.statement.getConnection() == l.connection)));
  }

  private static void fresh(Lane lane) throws SQLException {
    lane.statement = lane.connection.createStatement();
  }

  private Step onPrepared() {
    String sql = any(PREPARED);
    int value = random.nextInt(9);
    int index = random.nextInt(8) == 0 ? random.nextInt(5) : 1 + random.nextInt(2);
    return any(
        List.of(
            new Step("prepare " + sql, l -> done(() -> prepare(l, sql))),
            new Step("setInt " + index, l -> done(() -> l.prepared.setInt(index, value))),
            new Step("setString " + index, l -> done(() -> l.prepared.setString(index, "s"))),
            new Step("setNull " + index, l -> done(() -> l.prepared.setNull(index, Types.NULL))),
            new Step("setObject " + index, l -> done(() -> l.prepared.setObject(index, value))),
            new Step(
                "set and query",
                l -> {
                  l.prepared.setInt(1, value);
                  return open(l, l.prepared.executeQuery());
                }),
            new Step(
                "prepare and query",
                l -> {
                  prepare(l, PREPARED.get(0));
                  l.prepared.setInt(1, value);
                  return open(l, l.prepared.executeQuery());
                }),
            new Step(
                "prepare and update",
                l -> {
                  prepare(l, PREPARED.get(1));
                  l.prepared.setString(1, "p" + value);
                  return l.prepared.executeUpdate();
                }),
            new Step("clearParameters", l -> done(() -> l.prepared.clearParameters())),
            new Step("prepared.executeQuery", l -> open(l, l.prepared.executeQuery())),
            new Step("prepared.executeUpdate", l -> l.prepared.executeUpdate()),
            new Step("prepared.execute", l -> l.prepared.execute()),
            new Step("prepared.getResultSet", l -> open(l, l.prepared.getResultSet())),
            new Step("prepared.getUpdateCount", l -> l.prepared.getUpdateCount()),
            new Step("prepared.addBatch", l -> done(() -> l.prepared.addBatch())),
            new Step("prepared.executeBatch", l -> Arrays.toString(l.prepared.executeBatch())),
            new Step("prepared.clearBatch", l -> done(() -> l.prepared.clearBatch())),
            new Step("prepared.getMetaData", l -> columns(l.prepared.getMetaData())),
            new Step("parameters", l -> l.prepared.getParameterMetaData().getParameterCount()),
            new Step("prepared.executeQuery(sql)", l -> l.prepared.executeQuery("select 1")),
            new Step("prepared.setMaxRows", l -> done(() -> l.prepared.setMaxRows(value))),
            new Step("prepared.close", l -> done(() -> l.prepared.close())),
            new Step("prepared.isClosed", l -> l.prepared.isClosed())));
  }

  private static void prepare(Lane lane, String sql) throws SQLException {
    lane.prepared = lane.connection.prepareStatement(sql);
  }

  private Step onRows() {
    return any(
        List.of(
            new Step("next", l -> l.rows.next()),
            new Step("next", l -> l.rows.next()),
            new Step("getObject", l -> l.rows.getObject(1)),
            new Step("getInt", l -> l.rows.getInt("id")),
            new Step("getString", l -> l.rows.getString("name")),
            new Step("wasNull", l -> l.rows.wasNull()),
            new Step("getRow", l -> l.rows.getRow()),
            new Step("previous", l -> l.rows.previous()),
            new Step("isBeforeFirst", l -> l.rows.isBeforeFirst()),
            new Step("isAfterLast", l -> l.rows.isAfterLast()),
            new Step("getType", l -> l.rows.getType()),
            new Step("findColumn", l -> l.rows.findColumn("nothing")),
            new Step("columns", l -> columns(l.rows.getMetaData())),
            new Step("getInt 0", l -> l.rows.getInt(0)),
            new Step("all", l -> all(l.rows)),
            new Step(
                "whose",
                l -> l.rows.getStatement() == l.statement || l.rows.getStatement() == l.prepared),
            new Step("rows.isClosed", l -> l.rows.isClosed()),
            new Step("rows.close", l -> done(() -> l.rows.close()))));
  }

  private Step onTransaction() {
    int level = LEVELS[random.nextInt(LEVELS.length)];
    boolean on = random.nextBoolean();
    return any(
        List.of(
            new Step("setAutoCommit " + on, l -> done(() -> l.connection.setAutoCommit(on))),
            new Step("getAutoCommit", l -> l.connection.getAutoCommit()),
            new Step("commit", l -> done(() -> l.connection.commit())),
            new Step("commit", l -> done(() -> l.connection.commit())),
            new Step("rollback", l -> done(() -> l.connection.rollback())),
            new Step("rollback", l -> done(() -> l.connection.rollback())),
            new Step("setReadOnly " + on, l -> done(() -> l.connection.setReadOnly(on))),
            new Step("isReadOnly", l -> l.connection.isReadOnly()),
            new Step(
                "isolation " + level, l -> done(() -> l.connection.setTransactionIsolation(level))),
            new Step("isolation", l -> l.connection.getTransactionIsolation()),
            new Step("setSavepoint", l -> done(() -> l.savepoint = l.connection.setSavepoint("p"))),
            new Step("rollback to", l -> done(() -> l.connection.rollback(l.savepoint))),
            new Step("release", l -> done(() -> l.connection.releaseSavepoint(l.savepoint)))));
  }

  private Step onConnection() {
    return any(
        List.of(
            new Step("getCatalog", l -> l.connection.getCatalog() == null),
            new Step("getSchema", l -> l.connection.getSchema()),
            new Step("getHoldability", l -> l.connection.getHoldability()),
            new Step("getWarnings", l -> warned(l.connection.getWarnings())),
            new Step("clearWarnings", l -> done(() -> l.connection.clearWarnings())),
            new Step("isValid", l -> l.connection.isValid(5)),
            new Step("isValid -1", l -> l.connection.isValid(-1)),
            new Step("nativeSQL", l -> l.connection.nativeSQL("select {d '2020-01-01'}")),
            new Step("connection.isClosed", l -> l.connection.isClosed()),
            new Step("getTypeMap", l -> l.connection.getTypeMap().size()),
            new Step("getNetworkTimeout", l -> l.connection.getNetworkTimeout()),
            new Step(
                "getClientInfo", l -> l.connection.getClientInfo().stringPropertyNames().size()),
            new Step("product", l -> l.connection.getMetaData().getDatabaseProductName()),
            new Step("batches", l -> l.connection.getMetaData().supportsBatchUpdates()),
            new Step(
                "metadata of it", l -> l.connection.getMetaData().getConnection() == l.connection),
            new Step(
                "tables",
                l -> all(l.connection.getMetaData().getTables(null, null, "t", null)).length() > 2),
            new Step("connection.close", l -> done(() -> l.connection.close())),
            new Step("reopen", l -> done(() -> reopen(l)))));
  }

  private static void reopen(Lane lane) throws SQLException {
    lane.close();
    lane.open();
  }

  /** A call without a value. */
  private interface Call {
    void run() throws SQLException;
  }

  private static String done(Call call) throws SQLException {
    call.run();
    return "done";
  }

  private static String open(Lane lane, ResultSet rows) {
    lane.rows = rows;
    return rows == null ? "no rows" : "rows";
  }

  private static boolean warned(SQLWarning warning) {
    return warning != null;
  }

  private static String columns(ResultSetMetaData data) throws SQLException {
    if (data == null) {
      return "no columns";
    }
    StringBuilder names = new StringBuilder();
    for (int i = 1; i <= data.getColumnCount(); i++) {
      names.append(data.getColumnLabel(i)).append(':').append(data.getColumnType(i)).append(' ');
    }
    return names.toString();
  }

  private static String all(ResultSet rows) throws SQLException {
    StringBuilder all = new StringBuilder();
    while (rows.next()) {
      all.append(rows.getString(1)).append(',');
    }
    return all.toString();
  }
}
