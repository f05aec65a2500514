// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.sql.Types;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A forward cursor over {@link StubRows}. Confined. */
final class StubResultSet implements ForwardingResultSet {
  private final @Nullable StubStatement statement;
  private final StubRows rows;
  private int row = -1;
  private boolean closed;

  StubResultSet(@Nullable StubStatement statement, StubRows rows) {
    this.statement = statement;
    this.rows = rows;
  }

  @Override
  public ResultSet delegate() throws SQLException {
    throw new SQLFeatureNotSupportedException("the stub result set does not answer this");
  }

  @Override
  public boolean next() {
    return ++row < rows.values().size();
  }

  @Override
  public int findColumn(String label) throws SQLException {
    int index = rows.columns().indexOf(label.toLowerCase(Locale.ROOT));
    if (index < 0) {
      throw new SQLException("no column " + label);
    }
    return index + 1;
  }

  @Override
  public String getString(int index) {
    return rows.values().get(row).get(index - 1);
  }

  @Override
  public String getString(String label) throws SQLException {
    return getString(findColumn(label));
  }

  @Override
  public long getLong(int index) {
    return Long.parseLong(getString(index));
  }

  @Override
  public long getLong(String label) throws SQLException {
    return getLong(findColumn(label));
  }

  @Override
  public int getInt(int index) {
    return Integer.parseInt(getString(index));
  }

  @Override
  public int getInt(String label) throws SQLException {
    return getInt(findColumn(label));
  }

  @Override
  public boolean getBoolean(int index) {
    return Boolean.parseBoolean(getString(index));
  }

  @Override
  public Object getObject(int index) {
    return getString(index);
  }

  @Override
  public boolean wasNull() {
    return false;
  }

  @Override
  public @Nullable Statement getStatement() {
    return statement;
  }

  @Override
  public int getType() {
    return TYPE_FORWARD_ONLY;
  }

  @Override
  public int getConcurrency() {
    return CONCUR_READ_ONLY;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public ResultSetMetaData getMetaData() {
    return new MetaData(rows);
  }

  private static final class MetaData implements ForwardingResultSetMetaData {
    private final StubRows rows;

    MetaData(StubRows rows) {
      this.rows = rows;
    }

    @Override
    public ResultSetMetaData delegate() throws SQLException {
      throw new SQLFeatureNotSupportedException("the stub result set does not answer this");
    }

    @Override
    public int getColumnCount() {
      return rows.columns().size();
    }

    @Override
    public String getColumnLabel(int column) {
      return rows.columns().get(column - 1);
    }

    @Override
    public String getColumnName(int column) {
      return rows.columns().get(column - 1);
    }

    @Override
    public int getColumnType(int column) {
      return Types.VARCHAR;
    }
  }
}
