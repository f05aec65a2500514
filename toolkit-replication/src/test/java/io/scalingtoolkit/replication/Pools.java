// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** HikariCP pools that are closed together; confined. */
final class Pools implements AutoCloseable {
  private final List<HikariDataSource> open = new ArrayList<>();
  private int size = 10;

  Pools ofSize(int connections) {
    size = connections;
    return this;
  }

  HikariDataSource open(String url) {
    return open(url, null, null);
  }

  HikariDataSource openWithoutAutocommit(String url) {
    HikariConfig config = config(url, null, null);
    config.setAutoCommit(false);
    return open(config);
  }

  HikariDataSource open(String url, String user, String password) {
    return open(config(url, user, password));
  }

  /** Returns the pool that was opened first. */
  HikariDataSource first() {
    return open.get(0);
  }

  private HikariDataSource open(HikariConfig config) {
    HikariDataSource pool = new HikariDataSource(config);
    open.add(pool);
    return pool;
  }

  private HikariConfig config(String url, String user, String password) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(3_000);
    config.setInitializationFailTimeout(-1);
    return config;
  }

  /**
   * Waits until each pool gives a connection: after an outage HikariCP pauses up to 5 s between two
   * tries to make one.
   */
  void awaitConnections() {
    for (HikariDataSource pool : open) {
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .ignoreExceptionsInstanceOf(SQLException.class)
          .until(
              () -> {
                pool.getConnection().close();
                return true;
              });
    }
  }

  @Override
  public void close() {
    open.forEach(HikariDataSource::close);
  }
}
