// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A JDBC driver over {@link io.scalingtoolkit.replication.ReplicationDataSource}.
 *
 * <p>When to use: a program that takes a JDBC URL and nothing else. The URL names the primary and
 * then the replicas: {@code jdbc:replicated:postgresql://db1:5432,db2,[::1]:5433/shop?user=app}, or
 * {@code mariadb} or {@code mysql} in place of {@code postgresql}. Ports may be left out where they
 * are the product's usual ones. Parameters that begin with {@code toolkit.} are options of the data
 * source, named like the methods of its builder ({@code toolkit.consistency=bounded}, {@code
 * toolkit.maxStaleness=200ms}), or of this driver: {@code toolkit.poolSize} (10), {@code
 * toolkit.connectionTimeout} (30 s) and {@code toolkit.idleClose} (60 s). All else goes to the
 * product's driver unchanged. Both may be given as properties, too; the URL wins.
 *
 * <p>Connections of the same URL and properties share one data source with a pool for each node. It
 * is closed, with all its threads, {@code toolkit.idleClose} after the last of them was closed. A
 * connection that is never closed keeps it open. When the driver is deregistered everything is
 * closed at once.
 *
 * <p>When not to use: a program that can be given a {@code DataSource}.
 *
 * <p>Thread-safe. The first connection waits until the nodes have answered.
 */
public final class ReplicationDriver implements Driver {
  private static final ReplicationDriver REGISTERED = new ReplicationDriver();

  static {
    try {
      DriverManager.registerDriver(REGISTERED, REGISTERED.clusters::close);
    } catch (SQLException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SharedClusters clusters = new SharedClusters();

  /** Makes a driver with clusters of its own; {@link DriverManager} has one already. */
  public ReplicationDriver() {}

  /**
   * Opens a connection, which borrows from a pool with its first statement.
   *
   * @return null if the URL does not begin with {@code jdbc:replicated:}
   * @throws SQLException if the URL, an option or its value is wrong, with the reason; if the nodes
   *     do not answer or do not fit, with the state that the product's driver gave
   */
  @Override
  public @Nullable Connection connect(String url, @Nullable Properties info) throws SQLException {
    return acceptsURL(url) ? clusters.connect(plan(url, info)) : null;
  }

  /** Tells whether {@code url} begins with {@code jdbc:replicated:}. */
  @Override
  public boolean acceptsURL(String url) throws SQLException {
    if (url == null) {
      throw new SQLException("the URL must not be null", "08001");
    }
    return ReplicatedUrl.isOne(url);
  }

  private static ClusterPlan plan(String url, @Nullable Properties info) throws SQLException {
    try {
      return ClusterPlan.of(url, map(info));
    } catch (IllegalArgumentException e) {
      throw new SQLException(e.getMessage(), "08001", e);
    }
  }

  private static Map<String, String> map(@Nullable Properties info) {
    Map<String, String> map = new HashMap<>();
    if (info != null) {
      info.stringPropertyNames().forEach(name -> map.put(name, info.getProperty(name)));
    }
    return map;
  }

  /** Returns the options of the toolkit, and then what the product's driver takes. */
  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, @Nullable Properties info)
      throws SQLException {
    if (!acceptsURL(url)) {
      return new DriverPropertyInfo[0];
    }
    ClusterPlan plan = plan(url, info);
    List<DriverPropertyInfo> all = new ArrayList<>();
    for (Option option : Option.values()) {
      String value = plan.options().getOrDefault(option, option.standard());
      DriverPropertyInfo one = new DriverPropertyInfo(option.key(), value);
      one.description = option.description();
      if (!option.choices().isEmpty()) {
        one.choices = option.choices().toArray(String[]::new);
      }
      all.add(one);
    }
    String nodeUrl = plan.url().nodeUrl(0);
    Properties rest = new Properties();
    plan.properties().forEach(rest::setProperty);
    all.addAll(List.of(DriverManager.getDriver(nodeUrl).getPropertyInfo(nodeUrl, rest)));
    return all.toArray(DriverPropertyInfo[]::new);
  }

  @Override
  public int getMajorVersion() {
    return 0;
  }

  @Override
  public int getMinorVersion() {
    return 1;
  }

  /** Returns false: the drivers behind it decide that. */
  @Override
  public boolean jdbcCompliant() {
    return false;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("logs go to slf4j", "0A000");
  }
}
