// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.util.UtilityElf;
import javax.sql.DataSource;

/** What a HikariCP pool tells and does beside giving connections. */
public final class PoolDefaults {
  private static final int UNKNOWN = -1;

  private PoolDefaults() {}

  /** Returns the isolation that the pool sets, or -1. */
  public static int isolation(DataSource pool) {
    String name = pool instanceof HikariDataSource hikari ? hikari.getTransactionIsolation() : null;
    return name == null ? UNKNOWN : UtilityElf.getTransactionIsolation(name);
  }

  /** Tells whether it has no connection at all and is to have some. */
  static boolean isEmpty(DataSource pool) {
    if (!(pool instanceof HikariDataSource hikari) || hikari.getMinimumIdle() == 0) {
      return false;
    }
    HikariPoolMXBean started = hikari.getHikariPoolMXBean();
    return started != null && started.getTotalConnections() == 0;
  }

  /** Has it close the connections it has, those in use when they come back. */
  static void evict(DataSource pool) {
    if (pool instanceof HikariDataSource hikari && hikari.getHikariPoolMXBean() != null) {
      hikari.getHikariPoolMXBean().softEvictConnections();
    }
  }
}
