// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.internal;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** What is done in one transaction, and gives nothing. */
@FunctionalInterface
public interface SqlStep {
  /** Does it. */
  void run(Connection connection) throws SQLException;

  /** As {@link SqlWork#inTransaction(DataSource, SqlWork)}. */
  static void inTransaction(DataSource database, SqlStep step) throws SQLException {
    boolean unused =
        SqlWork.inTransaction(
            database,
            connection -> {
              step.run(connection);
              return true;
            });
  }

  /** As {@link SqlWork#creating}. */
  static void creating(DataSource database, SqlStep step) throws SQLException {
    boolean unused =
        SqlWork.creating(
            database,
            connection -> {
              step.run(connection);
              return true;
            });
  }
}
