// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A call of a procedure, which may do anything and therefore is the primary's; confined. */
final class RoutedCallableStatement extends RoutedStatements<CallableStatement>
    implements ForwardingCallableStatement {
  private final String sql;

  RoutedCallableStatement(RoutedConnection connection, String sql, Shape shape) {
    super(connection, shape);
    this.sql = sql;
    bindEarly();
  }

  @Override
  CallableStatement make(Connection on) throws SQLException {
    return shape.call(on, sql);
  }

  @Override
  Statement self() {
    return this;
  }

  @Override
  public CallableStatement delegate() throws SQLException {
    return onPrimary(sql);
  }

  @Override
  public ResultSet executeQuery() throws SQLException {
    return wrap(run(sql, true, PreparedStatement::executeQuery));
  }

  @Override
  public boolean execute() throws SQLException {
    return leftRows(run(sql, true, PreparedStatement::execute));
  }

  @Override
  public int executeUpdate() throws SQLException {
    return run(sql, true, PreparedStatement::executeUpdate);
  }

  @Override
  public long executeLargeUpdate() throws SQLException {
    return run(sql, true, PreparedStatement::executeLargeUpdate);
  }

  @Override
  public void addBatch() throws SQLException {
    forBatch(sql).addBatch();
  }

  @Override
  public int[] executeBatch() throws SQLException {
    return runBatch(sql, Statement::executeBatch);
  }

  @Override
  public long[] executeLargeBatch() throws SQLException {
    return runBatch(sql, Statement::executeLargeBatch);
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    connection.pin();
    return delegate().unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || delegate().isWrapperFor(type);
  }
}
