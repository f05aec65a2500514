// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A connection that keeps its attributes and has no server. Confined. */
final class StubConnection implements ForwardingConnection {
  private final String url;
  private final String product;
  private boolean autoCommit = true;
  private boolean readOnly;
  private boolean closed;
  private int isolation = TRANSACTION_READ_COMMITTED;
  private int holdability = StubResultSet.HOLD_CURSORS_OVER_COMMIT;
  private int networkTimeout;
  private @Nullable String schema = "public";
  private @Nullable String catalog = "bench";

  StubConnection(String url, String product) {
    this.url = url;
    this.product = product;
  }

  @Override
  public Connection delegate() throws SQLException {
    throw new SQLFeatureNotSupportedException("the stub connection does not answer this");
  }

  String url() {
    return url;
  }

  String product() {
    return product;
  }

  @Override
  public PreparedStatement prepareStatement(String sql) {
    return new StubStatement(this, sql);
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int type, int concurrency) {
    return new StubStatement(this, sql);
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int type, int concurrency, int hold) {
    return new StubStatement(this, sql);
  }

  @Override
  public Statement createStatement() {
    return new StubStatement(this, "");
  }

  @Override
  public Statement createStatement(int type, int concurrency) {
    return new StubStatement(this, "");
  }

  @Override
  public Statement createStatement(int type, int concurrency, int hold) {
    return new StubStatement(this, "");
  }

  @Override
  public DatabaseMetaData getMetaData() {
    return new StubMetaData(this);
  }

  @Override
  public boolean isValid(int seconds) {
    return !closed;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public void abort(Executor executor) {
    closed = true;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void commit() {}

  @Override
  public void rollback() {}

  @Override
  public void setAutoCommit(boolean autoCommit) {
    this.autoCommit = autoCommit;
  }

  @Override
  public boolean getAutoCommit() {
    return autoCommit;
  }

  @Override
  public void setReadOnly(boolean readOnly) {
    this.readOnly = readOnly;
  }

  @Override
  public boolean isReadOnly() {
    return readOnly;
  }

  @Override
  public void setTransactionIsolation(int level) {
    isolation = level;
  }

  @Override
  public int getTransactionIsolation() {
    return isolation;
  }

  @Override
  public void setHoldability(int holdability) {
    this.holdability = holdability;
  }

  @Override
  public int getHoldability() {
    return holdability;
  }

  @Override
  public void setNetworkTimeout(Executor executor, int milliseconds) {
    networkTimeout = milliseconds;
  }

  @Override
  public int getNetworkTimeout() {
    return networkTimeout;
  }

  @Override
  public void setSchema(@Nullable String schema) {
    this.schema = schema;
  }

  @Override
  public @Nullable String getSchema() {
    return schema;
  }

  @Override
  public void setCatalog(@Nullable String catalog) {
    this.catalog = catalog;
  }

  @Override
  public @Nullable String getCatalog() {
    return catalog;
  }

  @Override
  public Map<String, Class<?>> getTypeMap() {
    return Map.of();
  }

  @Override
  public @Nullable SQLWarning getWarnings() {
    return null;
  }

  @Override
  public void clearWarnings() {}

  @Override
  public Properties getClientInfo() {
    return new Properties();
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (!type.isInstance(this)) {
      throw new SQLException("the stub connection is no " + type.getName());
    }
    return type.cast(this);
  }
}
