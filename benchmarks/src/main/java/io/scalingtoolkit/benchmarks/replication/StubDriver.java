// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Locale;
import java.util.Properties;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A driver whose connections answer at once and from memory, for one table {@code account}. What it
 * does not know it refuses with {@link SQLFeatureNotSupportedException}. Thread-safe; its
 * connections are confined.
 *
 * <p>It takes {@code jdbc:postgresql://NAME.stub/...}: libraries that look at the scheme then treat
 * it as PostgreSQL. Another product name is had with the property {@code product}.
 */
public final class StubDriver implements Driver {
  static final String PRODUCT = "product";
  private static final String SCHEME = "jdbc:postgresql://";
  private static final String DOMAIN = ".stub";

  /** For pools that make their driver by name. */
  public StubDriver() {}

  static String url(String name) {
    return SCHEME + name + DOMAIN + "/bench";
  }

  /** The name that {@link #url} put into it. */
  static String server(String url) {
    return url.substring(SCHEME.length(), url.indexOf(DOMAIN));
  }

  @Override
  public @Nullable Connection connect(String url, Properties properties) {
    if (!acceptsURL(url)) {
      return null;
    }
    return new StubConnection(url, properties.getProperty(PRODUCT, "PostgreSQL"));
  }

  @Override
  public boolean acceptsURL(String url) {
    return url.toLowerCase(Locale.ROOT).startsWith(SCHEME) && url.contains(DOMAIN);
  }

  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
    return new DriverPropertyInfo[0];
  }

  @Override
  public int getMajorVersion() {
    return 1;
  }

  @Override
  public int getMinorVersion() {
    return 0;
  }

  @Override
  public boolean jdbcCompliant() {
    return false;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("no java.util.logging here");
  }
}
