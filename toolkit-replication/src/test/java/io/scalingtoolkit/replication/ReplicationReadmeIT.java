// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The snippets of the README, running. */
class ReplicationReadmeIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2));

  @Test
  void readme() throws SQLException {
    PostgresCluster cluster = POSTGRES.cluster();
    try (Pools pools = new Pools()) {
      DataSource primaryPool = pools.open(cluster.primary().jdbcUrl());
      DataSource replica1 = pools.open(cluster.replica(0).jdbcUrl());
      DataSource replica2 = pools.open(cluster.replica(1).jdbcUrl());
      try (Connection connection = primaryPool.getConnection()) {
        connection.createStatement().execute("create table account (id serial, name text)");
      }

      Bookmark response;
      // snippet:use
      try (ReplicationDataSource db =
          ReplicationDataSource.builder(primaryPool)
              .replica("r1", replica1)
              .replica("r2", replica2)
              .build()) {
        try (ConsistencyScope request = ConsistencyScope.open();
            Connection connection = db.getConnection()) {
          insertAccount(connection, "ada"); // on the primary
          assertThat(countAccounts(connection)).isEqualTo(1); // sees it, wherever it runs
          response = request.exportBookmark(); // for whoever is asked next
        }
      }
      // end
      assertThat(response).isNotEqualTo(Bookmark.empty());
    }
  }

  private static void insertAccount(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into account (name) values (?)")) {
      statement.setString(1, name);
      statement.executeUpdate();
    }
  }

  private static int countAccounts(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select count(*) from account");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getInt(1);
    }
  }
}
