// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Metadata that answers what is asked most from what is known of the primary, and asks a connection
 * for the rest without fixing where statements go; confined.
 */
final class RoutedMetaData implements ForwardingDatabaseMetaData {
  private final RoutedConnection connection;
  private final ServerFacts facts;

  RoutedMetaData(RoutedConnection connection, ServerFacts facts) {
    this.connection = connection;
    this.facts = facts;
  }

  @Override
  public DatabaseMetaData delegate() throws SQLException {
    return connection.keptPrimary().getMetaData();
  }

  @Override
  public Connection getConnection() throws SQLException {
    connection.checkOpen();
    return connection;
  }

  @Override
  public String getDatabaseProductName() {
    return facts.productName();
  }

  @Override
  public String getDatabaseProductVersion() {
    return facts.productVersion();
  }

  @Override
  public int getDatabaseMajorVersion() {
    return facts.majorVersion();
  }

  @Override
  public int getDatabaseMinorVersion() {
    return facts.minorVersion();
  }

  @Override
  public String getDriverName() {
    return facts.driverName();
  }

  @Override
  public String getDriverVersion() {
    return facts.driverVersion();
  }

  @Override
  public int getDriverMajorVersion() {
    return facts.driverMajorVersion();
  }

  @Override
  public int getDriverMinorVersion() {
    return facts.driverMinorVersion();
  }

  @Override
  public @Nullable String getURL() {
    return facts.url();
  }

  @Override
  public @Nullable String getUserName() {
    return facts.userName();
  }

  @Override
  public String getIdentifierQuoteString() {
    return facts.quote();
  }

  @Override
  public int getDefaultTransactionIsolation() {
    return facts.isolation();
  }

  @Override
  public boolean supportsTransactions() {
    return true;
  }

  @Override
  public boolean isReadOnly() throws SQLException {
    return connection.isReadOnly();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type.isInstance(this) ? type.cast(this) : delegate().unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || delegate().isWrapperFor(type);
  }
}
