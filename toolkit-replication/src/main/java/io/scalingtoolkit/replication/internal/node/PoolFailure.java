// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

/** Says what a pool looked like when it gave no connection. */
final class PoolFailure {
  private PoolFailure() {}

  static SQLException describe(Node node, SQLException cause) {
    String text = node.label() + " gives no connection" + numbers(node) + ": " + cause.getMessage();
    String state = cause.getSQLState() == null ? "08001" : cause.getSQLState();
    return new SQLTransientConnectionException(text, state, cause.getErrorCode(), cause);
  }

  private static String numbers(Node node) {
    if (node.pool() instanceof HikariDataSource hikari) {
      HikariPoolMXBean pool = hikari.getHikariPoolMXBean();
      if (pool != null) {
        return " (pool %s: total=%d, active=%d, idle=%d, waiting=%d, maximum=%d)"
            .formatted(
                hikari.getPoolName(),
                pool.getTotalConnections(),
                pool.getActiveConnections(),
                pool.getIdleConnections(),
                pool.getThreadsAwaitingConnection(),
                hikari.getMaximumPoolSize());
      }
    }
    return "";
  }
}
