// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Types;
import java.util.List;

/** What a library asks before it uses a database. Confined. */
final class StubMetaData implements ForwardingDatabaseMetaData {
  private static final StubRows TYPES =
      new StubRows(
          List.of("type_name", "data_type"),
          List.of(
              List.of("int8", Integer.toString(Types.BIGINT)),
              List.of("text", Integer.toString(Types.VARCHAR))));

  private final StubConnection connection;

  StubMetaData(StubConnection connection) {
    this.connection = connection;
  }

  @Override
  public DatabaseMetaData delegate() throws SQLException {
    throw new SQLFeatureNotSupportedException("the stub metadata does not answer this");
  }

  @Override
  public Connection getConnection() {
    return connection;
  }

  @Override
  public String getURL() {
    return connection.url();
  }

  @Override
  public String getUserName() {
    return "bench";
  }

  @Override
  public String getDatabaseProductName() {
    return connection.product();
  }

  @Override
  public String getDatabaseProductVersion() {
    return "18.0";
  }

  @Override
  public int getDatabaseMajorVersion() {
    return 18;
  }

  @Override
  public int getDatabaseMinorVersion() {
    return 0;
  }

  @Override
  public String getDriverName() {
    return "Stub driver";
  }

  @Override
  public String getDriverVersion() {
    return "1.0";
  }

  @Override
  public int getDriverMajorVersion() {
    return 1;
  }

  @Override
  public int getDriverMinorVersion() {
    return 0;
  }

  @Override
  public int getJDBCMajorVersion() {
    return 4;
  }

  @Override
  public int getJDBCMinorVersion() {
    return 3;
  }

  @Override
  public String getIdentifierQuoteString() {
    return "\"";
  }

  @Override
  public int getDefaultTransactionIsolation() {
    return Connection.TRANSACTION_READ_COMMITTED;
  }

  @Override
  public boolean supportsTransactions() {
    return true;
  }

  @Override
  public ResultSet getSchemas() {
    return new StubResultSet(null, StubRows.of("table_schem", "public"));
  }

  @Override
  public ResultSet getTypeInfo() {
    return new StubResultSet(null, TYPES);
  }

  @Override
  public ResultSet getTables(String catalog, String schema, String table, String[] types) {
    return new StubResultSet(null, StubRows.of("table_name", "account"));
  }
}
