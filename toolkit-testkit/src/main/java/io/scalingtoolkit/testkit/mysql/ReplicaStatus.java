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
 * @param error the last errors of both threads, empty when there is none
 */
record ReplicaStatus(boolean fetching, boolean applying, String received, String error) {
  /** A server that replicates from nobody. */
  static final ReplicaStatus NONE = new ReplicaStatus(false, false, "", "");

  static ReplicaStatus of(Connection connection, Flavor flavor) throws SQLException {
    // The words REPLICA and SOURCE are unknown to MySQL 8.0.12.
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW SLAVE STATUS")) {
      if (!row.next()) {
        return NONE;
      }
      String error = row.getString("Last_IO_Error") + row.getString("Last_SQL_Error");
      return new ReplicaStatus(
          row.getString("Slave_IO_Running").equals("Yes"),
          row.getString("Slave_SQL_Running").equals("Yes"),
          row.getString(flavor.receivedColumn()).replace("\n", ""),
          error);
    }
  }
}
