// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.mysql.MariaDbPosition;
import io.scalingtoolkit.replication.sql.SqlDialect;

/** MariaDB 10.5 or later with GTID replication; stateless and thread-safe. */
final class MariaDbEngine extends GtidEngine {
  // On a primary the binary log knows a transaction before others see it. What it does not know is
  // what it has replayed as a replica without logging that itself.
  private static final String SAMPLE =
      "SELECT @@global.read_only, @@global.gtid_binlog_pos, @@global.gtid_slave_pos";
  private static final String UPTIME =
      "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'UPTIME'";

  MariaDbEngine() {
    super(SAMPLE, UPTIME);
  }

  @Override
  public SqlDialect dialect() {
    return SqlDialect.MARIADB;
  }

  @Override
  Position position(boolean primary, String logged, String replayed) {
    MariaDbPosition position = MariaDbPosition.parse(replayed);
    return primary ? position.merge(MariaDbPosition.parse(logged)) : position;
  }
}
