// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a connection as JDBC has them: in force on every connection that is borrowed or
 * will be; confined.
 */
abstract class ConfiguredLeases extends Leases {
  ConfiguredLeases(Routing routing) {
    super(routing);
  }

  private SessionSettings settings() throws SQLException {
    checkOpen();
    SessionSettings existing = settings;
    if (existing == null) {
      existing = new SessionSettings();
      settings = existing;
    }
    return existing;
  }

  public void setCatalog(String catalog) throws SQLException {
    SessionSettings to = settings();
    forEach(lease -> lease.connection().setCatalog(catalog));
    to.catalog(catalog);
  }

  public @Nullable String getCatalog() throws SQLException {
    checkOpen();
    if (isPinned()) {
      return anyConnection().getCatalog();
    }
    String set = settings == null ? null : settings.catalog();
    return set == null ? routing.facts().catalog() : set;
  }

  public void setSchema(String schema) throws SQLException {
    SessionSettings to = settings();
    forEach(lease -> lease.connection().setSchema(schema));
    to.schema(schema);
  }

  public @Nullable String getSchema() throws SQLException {
    checkOpen();
    if (isPinned()) {
      return anyConnection().getSchema();
    }
    String set = settings == null ? null : settings.schema();
    return set == null ? routing.facts().schema() : set;
  }

  public void setHoldability(int holdability) throws SQLException {
    SessionSettings to = settings();
    forEach(lease -> lease.connection().setHoldability(holdability));
    to.holdability(holdability);
  }

  public int getHoldability() throws SQLException {
    checkOpen();
    Integer set = settings == null ? null : settings.holdability();
    return set == null ? routing.facts().holdability() : set;
  }

  public void setNetworkTimeout(Executor executor, int milliseconds) throws SQLException {
    SessionSettings to = settings();
    if (milliseconds < 0) {
      throw new SQLException("network timeout must be 0 ms or more, was " + milliseconds, "22023");
    }
    forEach(lease -> lease.connection().setNetworkTimeout(executor, milliseconds));
    to.networkTimeout(executor, milliseconds);
  }

  public int getNetworkTimeout() throws SQLException {
    checkOpen();
    return settings == null ? anyNetworkTimeout() : settings.networkTimeoutMillis();
  }

  private int anyNetworkTimeout() throws SQLException {
    return holdsAny() ? anyConnection().getNetworkTimeout() : 0;
  }

  public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
    SessionSettings to = settings();
    forEach(lease -> lease.connection().setTypeMap(map));
    to.typeMap(map);
  }

  public Map<String, Class<?>> getTypeMap() throws SQLException {
    checkOpen();
    Map<String, Class<?>> set = settings == null ? null : settings.typeMap();
    return Objects.requireNonNullElseGet(set, Map::of);
  }

  public void setClientInfo(String name, @Nullable String value) throws SQLClientInfoException {
    try {
      SessionSettings to = settings();
      forEach(lease -> lease.connection().setClientInfo(name, value));
      to.clientInfo(name, value);
    } catch (SQLClientInfoException e) {
      throw e;
    } catch (SQLException e) {
      throw new SQLClientInfoException(
          e.getMessage(), e.getSQLState(), e.getErrorCode(), Map.of(), e);
    }
  }

  public void setClientInfo(Properties properties) throws SQLClientInfoException {
    for (String name : properties.stringPropertyNames()) {
      setClientInfo(name, properties.getProperty(name));
    }
  }

  public Properties getClientInfo() throws SQLException {
    checkOpen();
    Properties before = routing.facts().clientInfo();
    return settings == null ? (Properties) before.clone() : settings.clientInfo(before);
  }

  public @Nullable String getClientInfo(String name) throws SQLException {
    return getClientInfo().getProperty(name);
  }
}
