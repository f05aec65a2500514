// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The snippets of the README and of the guide, running. */
class PostgresReadmeIT {
  // snippet:extension,replica
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2)).databasePerTest();

  // end

  // snippet:replica
  @Test
  void replicaLagsUntilItIsTold() throws Exception {
    PostgresNode replica = POSTGRES.cluster().replica(0);
    replica.pauseReplay();

    try (Connection primary = POSTGRES.dataSource().getConnection()) {
      primary.createStatement().execute("create table item (id int)");
    }

    assertThat(tables(POSTGRES.dataSource(replica))).isEmpty();
    replica.resumeReplay();
    replica.awaitCaughtUp();
    assertThat(tables(POSTGRES.dataSource(replica))).containsExactly("item");
  }

  // end

  @Test
  void plainJava() throws Exception {
    // snippet:plain
    try (PostgresCluster cluster = PostgresCluster.builder().replicas(1).start()) {
      PostgresNode old = cluster.primary();
      old.kill();
      cluster.replica(0).promote();
      cluster.rejoin(old);
      cluster.awaitCaughtUp();
      assertThat(old.isPrimary()).isFalse();
    }
    // end
  }

  private static List<String> tables(DataSource source) throws Exception {
    try (Connection connection = source.getConnection();
        ResultSet result = connection.getMetaData().getTables(null, "public", null, null)) {
      List<String> names = new ArrayList<>();
      while (result.next()) {
        names.add(result.getString("TABLE_NAME"));
      }
      return names;
    }
  }
}
