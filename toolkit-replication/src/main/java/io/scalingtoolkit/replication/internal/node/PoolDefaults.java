// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.UtilityElf;
import javax.sql.DataSource;

/** What a HikariCP pool sets on its connections, known without asking one. */
public final class PoolDefaults {
  private static final int UNKNOWN = -1;

  private PoolDefaults() {}

  /** Returns the isolation that the pool sets, or -1. */
  public static int isolation(DataSource pool) {
    String name = pool instanceof HikariDataSource hikari ? hikari.getTransactionIsolation() : null;
    return name == null ? UNKNOWN : UtilityElf.getTransactionIsolation(name);
  }
}
