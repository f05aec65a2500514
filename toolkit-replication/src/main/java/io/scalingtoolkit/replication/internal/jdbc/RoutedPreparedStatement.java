// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import org.jspecify.annotations.Nullable;

/**
 * A statement that is prepared where it is executed, when it is executed; confined.
 *
 * <p>Its parameters are recorded until then, mutable ones as copies, and repeated on whatever
 * connection it is executed. Streams and large objects cannot be repeated: with the first of them
 * the statement goes to the primary for good.
 */
final class RoutedPreparedStatement extends RoutedStatements<PreparedStatement>
    implements ForwardingPreparedStatement {
  private static final int FIRST_CAPACITY = 4;

  private final String sql;
  private @Nullable Parameter[] parameters = new @Nullable Parameter[FIRST_CAPACITY];
  private int count;

  RoutedPreparedStatement(RoutedConnection connection, String sql, Shape shape) {
    super(connection, shape);
    this.sql = sql;
  }

  /** A parameter that can be set again. */
  private interface Parameter {
    void set(PreparedStatement on) throws SQLException;
  }

  @Override
  PreparedStatement make(Connection on) throws SQLException {
    return shape.prepare(on, sql);
  }

  @Override
  Statement self() {
    return this;
  }

  @Override
  void fill(PreparedStatement statement) throws SQLException {
    for (int i = 0; i < count; i++) {
      Parameter parameter = parameters[i];
      if (parameter != null) {
        parameter.set(statement);
      }
    }
  }

  private void record(int index, Parameter parameter) throws SQLException {
    checkOpen();
    if (index < 1) {
      throw new SQLException("the index of a parameter must be 1 or more, was " + index, "22023");
    }
    if (index > parameters.length) {
      parameters = java.util.Arrays.copyOf(parameters, Math.max(index, 2 * parameters.length));
    }
    parameters[index - 1] = parameter;
    count = Math.max(count, index);
  }

  /** Returns the driver's statement on the primary, for what cannot be repeated. */
  private PreparedStatement bound(int index) throws SQLException {
    PreparedStatement statement = onPrimary(sql);
    if (index >= 1 && index <= count) {
      parameters[index - 1] = null; // what was recorded would overwrite it
    }
    return statement;
  }

  @Override
  public ResultSet executeQuery() throws SQLException {
    return wrap(run(sql, false, PreparedStatement::executeQuery));
  }

  @Override
  public boolean execute() throws SQLException {
    return leftRows(run(sql, false, PreparedStatement::execute));
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
    PreparedStatement statement = forBatch(sql);
    fill(statement);
    statement.addBatch();
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
  public void clearParameters() throws SQLException {
    checkOpen();
    java.util.Arrays.fill(parameters, null);
    count = 0;
    PreparedStatement present = present();
    if (present != null) {
      present.clearParameters();
    }
  }

  /** Before the first execution it asks the primary, which fixes no route. */
  @Override
  public @Nullable ResultSetMetaData getMetaData() throws SQLException {
    return filled().getMetaData();
  }

  @Override
  public ParameterMetaData getParameterMetaData() throws SQLException {
    return filled().getParameterMetaData();
  }

  /** The types of the parameters that are set have a part in what a statement means. */
  private PreparedStatement filled() throws SQLException {
    PreparedStatement statement = delegate();
    fill(statement);
    return statement;
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    connection.pin();
    return onPrimary(sql).unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || delegate().isWrapperFor(type);
  }

  @Override
  public void setBoolean(int index, boolean value) throws SQLException {
    record(index, on -> on.setBoolean(index, value));
  }

  @Override
  public void setByte(int index, byte value) throws SQLException {
    record(index, on -> on.setByte(index, value));
  }

  @Override
  public void setShort(int index, short value) throws SQLException {
    record(index, on -> on.setShort(index, value));
  }

  @Override
  public void setInt(int index, int value) throws SQLException {
    record(index, on -> on.setInt(index, value));
  }

  @Override
  public void setLong(int index, long value) throws SQLException {
    record(index, on -> on.setLong(index, value));
  }

  @Override
  public void setFloat(int index, float value) throws SQLException {
    record(index, on -> on.setFloat(index, value));
  }

  @Override
  public void setDouble(int index, double value) throws SQLException {
    record(index, on -> on.setDouble(index, value));
  }

  @Override
  public void setBigDecimal(int index, @Nullable BigDecimal value) throws SQLException {
    record(index, on -> on.setBigDecimal(index, value));
  }

  @Override
  public void setString(int index, @Nullable String value) throws SQLException {
    record(index, on -> on.setString(index, value));
  }

  @Override
  public void setNString(int index, @Nullable String value) throws SQLException {
    record(index, on -> on.setNString(index, value));
  }

  @Override
  public void setURL(int index, @Nullable URL value) throws SQLException {
    record(index, on -> on.setURL(index, value));
  }

  @Override
  public void setRowId(int index, @Nullable RowId value) throws SQLException {
    record(index, on -> on.setRowId(index, value));
  }

  @Override
  public void setArray(int index, @Nullable Array value) throws SQLException {
    record(index, on -> on.setArray(index, value));
  }

  @Override
  public void setNull(int index, int type) throws SQLException {
    record(index, on -> on.setNull(index, type));
  }

  @Override
  public void setNull(int index, int type, String typeName) throws SQLException {
    record(index, on -> on.setNull(index, type, typeName));
  }

  @Override
  public void setBytes(int index, byte @Nullable [] value) throws SQLException {
    byte[] copy = value == null ? null : value.clone();
    record(index, on -> on.setBytes(index, copy));
  }

  @Override
  public void setDate(int index, @Nullable Date value) throws SQLException {
    Date copy = Parameters.copy(value);
    record(index, on -> on.setDate(index, copy));
  }

  @Override
  public void setDate(int index, @Nullable Date value, @Nullable Calendar calendar)
      throws SQLException {
    Date copy = Parameters.copy(value);
    Calendar zone = Parameters.copy(calendar);
    record(index, on -> on.setDate(index, copy, zone));
  }

  @Override
  public void setTime(int index, @Nullable Time value) throws SQLException {
    Time copy = Parameters.copy(value);
    record(index, on -> on.setTime(index, copy));
  }

  @Override
  public void setTime(int index, @Nullable Time value, @Nullable Calendar calendar)
      throws SQLException {
    Time copy = Parameters.copy(value);
    Calendar zone = Parameters.copy(calendar);
    record(index, on -> on.setTime(index, copy, zone));
  }

  @Override
  public void setTimestamp(int index, @Nullable Timestamp value) throws SQLException {
    Timestamp copy = Parameters.copy(value);
    record(index, on -> on.setTimestamp(index, copy));
  }

  @Override
  public void setTimestamp(int index, @Nullable Timestamp value, @Nullable Calendar calendar)
      throws SQLException {
    Timestamp copy = Parameters.copy(value);
    Calendar zone = Parameters.copy(calendar);
    record(index, on -> on.setTimestamp(index, copy, zone));
  }

  @Override
  public void setObject(int index, @Nullable Object value) throws SQLException {
    if (Parameters.isOnce(value)) {
      bound(index).setObject(index, value);
    } else {
      Object copy = Parameters.copy(value);
      record(index, on -> on.setObject(index, copy));
    }
  }

  @Override
  public void setObject(int index, @Nullable Object value, int type) throws SQLException {
    if (Parameters.isOnce(value)) {
      bound(index).setObject(index, value, type);
    } else {
      Object copy = Parameters.copy(value);
      record(index, on -> on.setObject(index, copy, type));
    }
  }

  @Override
  public void setObject(int index, @Nullable Object value, int type, int scale)
      throws SQLException {
    if (Parameters.isOnce(value)) {
      bound(index).setObject(index, value, type, scale);
    } else {
      Object copy = Parameters.copy(value);
      record(index, on -> on.setObject(index, copy, type, scale));
    }
  }

  @Override
  public void setObject(int index, @Nullable Object value, SQLType type) throws SQLException {
    if (Parameters.isOnce(value)) {
      bound(index).setObject(index, value, type);
    } else {
      Object copy = Parameters.copy(value);
      record(index, on -> on.setObject(index, copy, type));
    }
  }

  @Override
  public void setObject(int index, @Nullable Object value, SQLType type, int scale)
      throws SQLException {
    if (Parameters.isOnce(value)) {
      bound(index).setObject(index, value, type, scale);
    } else {
      Object copy = Parameters.copy(value);
      record(index, on -> on.setObject(index, copy, type, scale));
    }
  }

  @Override
  public void setRef(int index, @Nullable Ref value) throws SQLException {
    bound(index).setRef(index, value);
  }

  @Override
  public void setBlob(int index, @Nullable Blob value) throws SQLException {
    bound(index).setBlob(index, value);
  }

  @Override
  public void setClob(int index, @Nullable Clob value) throws SQLException {
    bound(index).setClob(index, value);
  }

  @Override
  public void setNClob(int index, @Nullable NClob value) throws SQLException {
    bound(index).setNClob(index, value);
  }

  @Override
  public void setSQLXML(int index, @Nullable SQLXML value) throws SQLException {
    bound(index).setSQLXML(index, value);
  }

  @Override
  public void setBlob(int index, @Nullable InputStream value) throws SQLException {
    bound(index).setBlob(index, value);
  }

  @Override
  public void setClob(int index, @Nullable Reader value) throws SQLException {
    bound(index).setClob(index, value);
  }

  @Override
  public void setNClob(int index, @Nullable Reader value) throws SQLException {
    bound(index).setNClob(index, value);
  }

  @Override
  public void setAsciiStream(int index, @Nullable InputStream value) throws SQLException {
    bound(index).setAsciiStream(index, value);
  }

  @Override
  public void setBinaryStream(int index, @Nullable InputStream value) throws SQLException {
    bound(index).setBinaryStream(index, value);
  }

  @Override
  public void setCharacterStream(int index, @Nullable Reader value) throws SQLException {
    bound(index).setCharacterStream(index, value);
  }

  @Override
  public void setNCharacterStream(int index, @Nullable Reader value) throws SQLException {
    bound(index).setNCharacterStream(index, value);
  }

  @Override
  public void setBlob(int index, @Nullable InputStream value, long length) throws SQLException {
    bound(index).setBlob(index, value, length);
  }

  @Override
  public void setClob(int index, @Nullable Reader value, long length) throws SQLException {
    bound(index).setClob(index, value, length);
  }

  @Override
  public void setNClob(int index, @Nullable Reader value, long length) throws SQLException {
    bound(index).setNClob(index, value, length);
  }

  @Override
  public void setAsciiStream(int index, @Nullable InputStream value, long length)
      throws SQLException {
    bound(index).setAsciiStream(index, value, length);
  }

  @Override
  public void setBinaryStream(int index, @Nullable InputStream value, long length)
      throws SQLException {
    bound(index).setBinaryStream(index, value, length);
  }

  @Override
  public void setCharacterStream(int index, @Nullable Reader value, long length)
      throws SQLException {
    bound(index).setCharacterStream(index, value, length);
  }

  @Override
  public void setNCharacterStream(int index, @Nullable Reader value, long length)
      throws SQLException {
    bound(index).setNCharacterStream(index, value, length);
  }

  @Override
  public void setAsciiStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    bound(index).setAsciiStream(index, value, length);
  }

  @Override
  public void setBinaryStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    bound(index).setBinaryStream(index, value, length);
  }

  @Override
  public void setCharacterStream(int index, @Nullable Reader value, int length)
      throws SQLException {
    bound(index).setCharacterStream(index, value, length);
  }

  @Override
  @Deprecated
  @SuppressWarnings("deprecation")
  public void setUnicodeStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    bound(index).setUnicodeStream(index, value, length);
  }
}
