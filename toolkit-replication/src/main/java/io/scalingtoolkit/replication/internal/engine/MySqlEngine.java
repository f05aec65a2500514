// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.mysql.MySqlPosition;
import io.scalingtoolkit.replication.sql.SqlDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** MySQL 8.0 or later with GTID replication; thread-safe. */
final class MySqlEngine extends GtidEngine {
  private static final Logger LOG = LoggerFactory.getLogger(MySqlEngine.class);
  private static final String SAMPLE =
      "SELECT @@global.read_only, @@global.gtid_executed, @@global.gtid_executed";
  private static final String UPTIME =
      "SELECT variable_value FROM performance_schema.global_status WHERE variable_name = 'Uptime'";

  private final boolean captures;
  private final AtomicBoolean told = new AtomicBoolean();

  /**
   * @param captures whether {@link #commitAndCapture} will be called
   */
  MySqlEngine(boolean captures) {
    super(SAMPLE, UPTIME);
    this.captures = captures;
  }

  @Override
  void trackPosition(Connection connection) throws SQLException {
    if (captures && !MySqlCommit.track(connection) && told.compareAndSet(false, true)) {
      LOG.warn(
          "captureOnCommit has no effect: it needs Connector/J with trackSessionState=true in the"
              + " URL; positions come from samples instead");
    }
  }

  @Override
  public @Nullable Position commitAndCapture(Connection connection, Position before)
      throws SQLException {
    return MySqlCommit.commit(connection);
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
