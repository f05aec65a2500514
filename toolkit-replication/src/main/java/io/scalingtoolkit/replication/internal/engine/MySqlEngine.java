// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.mysql.MySqlPosition;
import io.scalingtoolkit.replication.sql.SqlDialect;

/** MySQL 8.0 or later with GTID replication; stateless and thread-safe. */
final class MySqlEngine extends GtidEngine {
  private static final String SAMPLE =
      "SELECT @@global.read_only, @@global.gtid_executed, @@global.gtid_executed";
  private static final String UPTIME =
      "SELECT variable_value FROM performance_schema.global_status WHERE variable_name = 'Uptime'";

  MySqlEngine() {
    super(SAMPLE, UPTIME);
  }

  @Override
  public SqlDialect dialect() {
    return SqlDialect.MYSQL;
  }

  @Override
  Position position(boolean primary, String executed, String same) {
    return MySqlPosition.parse(executed);
  }
}
