// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import io.scalingtoolkit.replication.internal.engine.Closing;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import javax.sql.DataSource;

/**
 * Connections for probes, made beside the pool so that an exhausted pool does not blind the probes
 * and the probes take nothing from the pool.
 *
 * <p>That works for a HikariCP pool that was given a JDBC URL or a data source. Of any other data
 * source the probe keeps one connection.
 */
public final class ProbeConnections {
  private static final int TIMEOUT_SECONDS = 2;

  private ProbeConnections() {}

  static Connection open(Node node, DataSource pool) throws SQLException {
    Connection connection = connect(pool);
    try {
      node.checkFit(connection);
    } catch (SQLException e) {
      Closing.quietly(connection, e);
      throw e;
    }
    try {
      connection.setNetworkTimeout(Runnable::run, TIMEOUT_SECONDS * 1000);
    } catch (SQLException | RuntimeException e) {
      Node.LOG.debug("{}: the driver bounds no answer; silence is noticed anyway", node, e);
    }
    return connection;
  }

  /** Opens a connection as the pool would, without the pool where that is possible. */
  public static Connection connect(DataSource pool) throws SQLException {
    if (pool instanceof HikariDataSource hikari) {
      String url = hikari.getJdbcUrl();
      if (url != null) {
        // As the pool does it: by the driver class where one was named, else by the URL.
        return new DriverDataSource(
                url,
                hikari.getDriverClassName(),
                properties(hikari, url),
                hikari.getUsername(),
                hikari.getPassword())
            .getConnection();
      }
      DataSource inner = hikari.getDataSource();
      if (inner != null) {
        return inner.getConnection();
      }
    }
    return pool.getConnection();
  }

  private static Properties properties(HikariDataSource hikari, String url) {
    Properties properties = new Properties();
    hikari.getDataSourceProperties().forEach(properties::put);
    if (url.startsWith("jdbc:postgresql:")) {
      bound(properties, url, "connectTimeout", TIMEOUT_SECONDS);
      bound(properties, url, "loginTimeout", TIMEOUT_SECONDS);
      bound(properties, url, "socketTimeout", TIMEOUT_SECONDS);
    } else if (url.startsWith("jdbc:mariadb:") || url.startsWith("jdbc:mysql:")) {
      bound(properties, url, "connectTimeout", TIMEOUT_SECONDS * 1000);
      bound(properties, url, "socketTimeout", TIMEOUT_SECONDS * 1000);
    }
    return properties;
  }

  private static void bound(Properties properties, String url, String name, int value) {
    if (!properties.containsKey(name) && !url.contains(name + "=")) {
      properties.setProperty(name, Integer.toString(value));
    }
  }
}
