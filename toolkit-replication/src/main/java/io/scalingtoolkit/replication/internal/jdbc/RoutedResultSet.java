// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** A result that knows the statement the application knows; confined. */
final class RoutedResultSet implements ForwardingResultSet {
  private final Statement statement;
  private final @Nullable RoutedStatements<?> owner;
  private final ResultSet rows;

  RoutedResultSet(Statement statement, @Nullable RoutedStatements<?> owner, ResultSet rows) {
    this.statement = statement;
    this.owner = owner;
    this.rows = rows;
  }

  @Override
  public ResultSet delegate() {
    return rows;
  }

  boolean wraps(ResultSet other) {
    return rows == other;
  }

  @Override
  public Statement getStatement() throws SQLException {
    if (rows.isClosed()) {
      throw new SQLException("this result is closed", "55000");
    }
    return statement;
  }

  @Override
  public boolean next() throws SQLException {
    try {
      return rows.next();
    } catch (SQLException e) {
      throw owner == null ? e : owner.brokenOff(e);
    }
  }

  @Override
  public void close() throws SQLException {
    rows.close();
    if (owner != null) {
      owner.resultClosed(this);
    }
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type.isInstance(this) ? type.cast(this) : rows.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || rows.isWrapperFor(type);
  }
}
