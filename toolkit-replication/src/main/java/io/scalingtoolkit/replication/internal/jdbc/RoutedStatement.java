// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A statement whose text comes with each execution; confined. */
final class RoutedStatement extends RoutedStatements<Statement> implements ForwardingStatement {
  RoutedStatement(RoutedConnection connection, Shape shape) {
    super(connection, shape);
  }

  @Override
  Statement make(Connection on) throws SQLException {
    return shape.create(on);
  }

  @Override
  Statement self() {
    return this;
  }

  @Override
  public ResultSet executeQuery(String sql) throws SQLException {
    return wrap(run(sql, false, statement -> statement.executeQuery(sql)));
  }

  @Override
  public boolean execute(String sql) throws SQLException {
    return leftRows(run(sql, false, statement -> statement.execute(sql)));
  }

  @Override
  public boolean execute(String sql, int keys) throws SQLException {
    boolean early = keys != Statement.NO_GENERATED_KEYS;
    return leftRows(run(sql, early, statement -> statement.execute(sql, keys)));
  }

  @Override
  public boolean execute(String sql, int[] columns) throws SQLException {
    return leftRows(run(sql, true, statement -> statement.execute(sql, columns)));
  }

  @Override
  public boolean execute(String sql, String[] columns) throws SQLException {
    return leftRows(run(sql, true, statement -> statement.execute(sql, columns)));
  }

  @Override
  public int executeUpdate(String sql) throws SQLException {
    return run(sql, true, statement -> statement.executeUpdate(sql));
  }

  @Override
  public int executeUpdate(String sql, int keys) throws SQLException {
    return run(sql, true, statement -> statement.executeUpdate(sql, keys));
  }

  @Override
  public int executeUpdate(String sql, int[] columns) throws SQLException {
    return run(sql, true, statement -> statement.executeUpdate(sql, columns));
  }

  @Override
  public int executeUpdate(String sql, String[] columns) throws SQLException {
    return run(sql, true, statement -> statement.executeUpdate(sql, columns));
  }

  @Override
  public long executeLargeUpdate(String sql) throws SQLException {
    return run(sql, true, statement -> statement.executeLargeUpdate(sql));
  }

  @Override
  public long executeLargeUpdate(String sql, int keys) throws SQLException {
    return run(sql, true, statement -> statement.executeLargeUpdate(sql, keys));
  }

  @Override
  public long executeLargeUpdate(String sql, int[] columns) throws SQLException {
    return run(sql, true, statement -> statement.executeLargeUpdate(sql, columns));
  }

  @Override
  public long executeLargeUpdate(String sql, String[] columns) throws SQLException {
    return run(sql, true, statement -> statement.executeLargeUpdate(sql, columns));
  }

  @Override
  public void addBatch(String sql) throws SQLException {
    forBatch(sql).addBatch(sql);
  }

  @Override
  public int[] executeBatch() throws SQLException {
    return runBatch("", Statement::executeBatch);
  }

  @Override
  public long[] executeLargeBatch() throws SQLException {
    return runBatch("", Statement::executeLargeBatch);
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    connection.pin();
    return onPrimary("").unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || delegate().isWrapperFor(type);
  }
}
