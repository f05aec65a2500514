// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The state of a replica's two threads. Immutable.
 *
 * @param fetching whether the IO thread is connected to the primary
 * @param applying whether the SQL thread runs
 * @param received position of what the IO thread has received
 * @param fetchError what ended the IO thread, empty when nothing did; a primary that cannot be
 *     reached does not end it
 * @param applyError what ended the SQL thread, empty when nothing did
 */
record ReplicaStatus(
    boolean fetching, boolean applying, String received, String fetchError, String applyError) {
  /** A server that replicates from nobody. */
  static final ReplicaStatus NONE = new ReplicaStatus(false, false, "", "", "");

  static ReplicaStatus of(Connection connection, Flavor flavor) throws SQLException {
    // The words REPLICA and SOURCE are unknown to MySQL 8.0.12.
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW SLAVE STATUS")) {
      if (!row.next()) {
        return NONE;
      }
      String fetching = row.getString("Slave_IO_Running");
      String applying = row.getString("Slave_SQL_Running");
      return new ReplicaStatus(
          fetching.equals("Yes"),
          applying.equals("Yes"),
          row.getString(flavor.receivedColumn()).replace("\n", ""),
          fetching.equals("No") ? row.getString("Last_IO_Error") : "",
          applying.equals("No") ? row.getString("Last_SQL_Error") : "");
    }
  }
}
