// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.replication.internal.engine.Engines;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks the primary who replicates from it. */
final class PrimaryDiscovery {
  // A standby says how far it has replayed. Base backups and pg_receivewal do not, and look like a
  // standby otherwise; a subscriber of logical replication does, but always has a slot.
  private static final String STANDBYS =
      """
      SELECT r.application_name, host(r.client_addr), r.state, r.replay_lsn
      FROM pg_stat_replication r
      WHERE NOT EXISTS (SELECT FROM pg_replication_slots s
        WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
      ORDER BY r.pid
      """;
  private static final String SLAVES = "SHOW SLAVE HOSTS";
  private static final String REPLICAS = "SHOW REPLICAS";
  private static final int SYNTAX_ERROR = 1064;
  private static final String STANDARD_NAME = "walreceiver";

  private PrimaryDiscovery() {}

  static List<ReplicaAddress> find(Connection primary) throws SQLException {
    return switch (Engines.of(primary, false).dialect()) {
      case POSTGRESQL -> standbys(primary);
      case MARIADB -> registered(primary, SLAVES);
      case MYSQL -> replicas(primary);
    };
  }

  private static List<ReplicaAddress> standbys(Connection primary) throws SQLException {
    List<ReplicaAddress> found = new ArrayList<>();
    try (Statement statement = primary.createStatement();
        ResultSet rows = statement.executeQuery(STANDBYS)) {
      while (rows.next()) {
        if (rows.getString(3) == null) {
          throw new SQLException(
              "the user may not see pg_stat_replication; GRANT pg_monitor to it", "42501");
        }
        if (rows.getString(4) != null) {
          found.add(standby(rows.getString(1), rows.getString(2)));
        }
      }
    }
    return found;
  }

  /**
   * Names a standby. The standard name, and one that is none for a node, such as the {@code
   * 15/main} of Debian, were not chosen for this server, so others have them too.
   */
  static ReplicaAddress standby(@Nullable String applicationName, @Nullable String host) {
    if (applicationName != null
        && NodeNames.isName(applicationName)
        && !applicationName.equals(STANDARD_NAME)) {
      return new ReplicaAddress(applicationName, host, null);
    }
    return host == null ? new ReplicaAddress("local", null, null) : ReplicaAddress.at(host);
  }

  /** The old statement is gone in 8.4, and the new one is a syntax error before 8.0.22. */
  private static List<ReplicaAddress> replicas(Connection primary) throws SQLException {
    try {
      return registered(primary, REPLICAS);
    } catch (SQLException e) {
      if (e.getErrorCode() == SYNTAX_ERROR) {
        return registered(primary, SLAVES);
      }
      throw e;
    }
  }

  private static List<ReplicaAddress> registered(Connection primary, String sql)
      throws SQLException {
    List<ReplicaAddress> found = new ArrayList<>();
    try (Statement statement = primary.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        // The server id alone is there always and of one replica only. What a replica reports of
        // itself it may have made up.
        String host = rows.getString("Host");
        int port = rows.getInt("Port");
        found.add(
            new ReplicaAddress(
                "server-" + rows.getLong("Server_id"),
                host != null && ReplicaAddress.isHost(host) ? host : null,
                ReplicaAddress.isPort(port) ? port : null));
      }
    }
    return found;
  }
}
