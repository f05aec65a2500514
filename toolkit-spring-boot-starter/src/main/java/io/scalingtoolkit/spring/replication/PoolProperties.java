// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import com.zaxxer.hikari.HikariConfig;

/** What all pools have in common, in HikariCP's own names and units; confined. */
final class PoolProperties extends HikariConfig {
  private static final long AS_LONG_AS_UNSET = new HikariConfig().getInitializationFailTimeout();

  @Override
  public void setMaximumPoolSize(int connections) {
    Settings.set("pool.maximum-pool-size", connections, super::setMaximumPoolSize);
  }

  @Override
  public void setMinimumIdle(int connections) {
    Settings.set("pool.minimum-idle", connections, super::setMinimumIdle);
  }

  @Override
  public void setConnectionTimeout(long millis) {
    Settings.set("pool.connection-timeout", millis, super::setConnectionTimeout);
  }

  @Override
  public void setValidationTimeout(long millis) {
    Settings.set("pool.validation-timeout", millis, super::setValidationTimeout);
  }

  @Override
  public void setIdleTimeout(long millis) {
    Settings.set("pool.idle-timeout", millis, super::setIdleTimeout);
  }

  /** Refuses what belongs to one node or would keep the application from starting without one. */
  void check() {
    refuse("jdbc-url", getJdbcUrl());
    refuse("username", getUsername());
    refuse("password", getPassword());
    refuse("driver-class-name", getDriverClassName());
    refuse("data-source-class-name", getDataSourceClassName());
    refuse("data-source-jndi", getDataSourceJNDI());
    refuse("pool-name", getPoolName());
    if (getInitializationFailTimeout() != AS_LONG_AS_UNSET) {
      throw InvalidSettingException.withoutValue(
          "pool.initialization-fail-timeout",
          "must not be set; how long to wait for the servers is "
              + Settings.PREFIX
              + ".start-timeout",
          null);
    }
  }

  private static void refuse(String property, Object value) {
    if (value != null) {
      throw InvalidSettingException.withoutValue(
          "pool." + property, "must not be set, because all pools share it", null);
    }
  }

  /** Returns a copy for one node. */
  HikariConfig copy() {
    HikariConfig copy = new HikariConfig();
    copyStateTo(copy);
    return copy;
  }
}
