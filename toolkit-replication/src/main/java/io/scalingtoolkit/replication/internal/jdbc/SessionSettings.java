// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.replication.sql.SqlDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a connection that are rarely touched: recorded, and applied to every connection
 * that takes part; confined.
 */
final class SessionSettings {
  private @Nullable String catalog;
  private @Nullable String schema;
  private @Nullable Integer holdability;
  private @Nullable Executor timeoutExecutor;
  private int networkTimeoutMillis;
  private @Nullable Map<String, Class<?>> typeMap;
  private final Map<String, @Nullable String> clientInfo = new HashMap<>();

  void catalog(@Nullable String value) {
    catalog = value;
  }

  void schema(@Nullable String value) {
    schema = value;
  }

  void holdability(int value) {
    holdability = value;
  }

  void networkTimeout(Executor executor, int millis) {
    timeoutExecutor = executor;
    networkTimeoutMillis = millis;
  }

  void typeMap(Map<String, Class<?>> value) {
    typeMap = value;
  }

  void clientInfo(String name, @Nullable String value) {
    clientInfo.put(name, value);
  }

  @Nullable String catalog() {
    return catalog;
  }

  @Nullable String schema() {
    return schema;
  }

  @Nullable Integer holdability() {
    return holdability;
  }

  int networkTimeoutMillis() {
    return networkTimeoutMillis;
  }

  @Nullable Map<String, Class<?>> typeMap() {
    return typeMap;
  }

  /** Returns {@code before} with what was set on top. */
  Properties clientInfo(Properties before) {
    Properties properties = new Properties();
    properties.putAll(before);
    clientInfo.forEach(
        (name, value) -> {
          if (value == null) {
            properties.remove(name);
          } else {
            properties.setProperty(name, value);
          }
        });
    return properties;
  }

  /**
   * Undoes what {@link #applyTo} did and pools do not undo; outside of a transaction.
   *
   * @throws SQLException if that is impossible; the connection should then be closed for good
   */
  void undo(Connection connection, ServerFacts facts, SqlDialect dialect) throws SQLException {
    if (catalog != null) {
      if (facts.catalog() == null) {
        throw new SQLException(
            "a connection that began without a catalog cannot leave one", "0A000");
      }
      connection.setCatalog(facts.catalog());
    }
    if (schema != null) {
      undoSchema(connection, facts, dialect);
    }
    if (holdability != null) {
      connection.setHoldability(facts.holdability());
    }
    if (typeMap != null) {
      connection.setTypeMap(new HashMap<>());
    }
    for (String name : clientInfo.keySet()) {
      connection.setClientInfo(name, facts.clientInfo().getProperty(name));
    }
  }

  private static void undoSchema(Connection connection, ServerFacts facts, SqlDialect dialect)
      throws SQLException {
    if (dialect == SqlDialect.POSTGRESQL) {
      // A schema is one of a path, all of which setSchema has replaced.
      try (Statement statement = connection.createStatement()) {
        statement.execute("RESET search_path");
      }
    } else {
      connection.setSchema(facts.schema());
    }
  }

  void applyTo(Connection connection) throws SQLException {
    if (catalog != null) {
      connection.setCatalog(catalog);
    }
    if (schema != null) {
      connection.setSchema(schema);
    }
    if (holdability != null) {
      connection.setHoldability(holdability);
    }
    if (timeoutExecutor != null) {
      connection.setNetworkTimeout(timeoutExecutor, networkTimeoutMillis);
    }
    if (typeMap != null) {
      connection.setTypeMap(typeMap);
    }
    for (Map.Entry<String, @Nullable String> entry : clientInfo.entrySet()) {
      connection.setClientInfo(entry.getKey(), entry.getValue());
    }
  }
}
