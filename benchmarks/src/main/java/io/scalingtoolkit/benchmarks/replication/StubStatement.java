// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLWarning;
import org.jspecify.annotations.Nullable;

/** A statement whose answer is fixed by its text; parameters are taken and not looked at. */
final class StubStatement implements ForwardingPreparedStatement {
  private final StubConnection connection;
  private final StubRows rows;
  private @Nullable ResultSet result;
  private boolean closed;

  StubStatement(StubConnection connection, String sql) {
    this.connection = connection;
    this.rows = StubRows.answering(sql, connection.url());
  }

  @Override
  public PreparedStatement delegate() throws SQLException {
    throw new SQLFeatureNotSupportedException("the stub statement does not answer this");
  }

  @Override
  public ResultSet executeQuery() {
    return answer(rows);
  }

  @Override
  public ResultSet executeQuery(String sql) {
    return answer(StubRows.answering(sql, connection.url()));
  }

  private ResultSet answer(StubRows answer) {
    ResultSet answered = new StubResultSet(this, answer);
    result = answered;
    return answered;
  }

  @Override
  public @Nullable ResultSet getResultSet() {
    return result;
  }

  @Override
  public int executeUpdate() {
    return 1;
  }

  @Override
  public boolean execute() {
    return false;
  }

  @Override
  public boolean execute(String sql) {
    return false;
  }

  @Override
  public int getUpdateCount() {
    return -1;
  }

  @Override
  public boolean getMoreResults() {
    return false;
  }

  @Override
  public void setLong(int index, long value) {}

  @Override
  public void setString(int index, @Nullable String value) {}

  @Override
  public void setInt(int index, int value) {}

  @Override
  public void setObject(int index, @Nullable Object value) {}

  @Override
  public void clearParameters() {}

  @Override
  public void setQueryTimeout(int seconds) {}

  @Override
  public int getQueryTimeout() {
    return 0;
  }

  @Override
  public void setFetchSize(int rows) {}

  @Override
  public int getFetchSize() {
    return 0;
  }

  @Override
  public void setMaxRows(int rows) {}

  @Override
  public int getMaxRows() {
    return 0;
  }

  @Override
  public void setEscapeProcessing(boolean enable) {}

  @Override
  public Connection getConnection() {
    return connection;
  }

  @Override
  public @Nullable SQLWarning getWarnings() {
    return null;
  }

  @Override
  public void clearWarnings() {}

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }
}
