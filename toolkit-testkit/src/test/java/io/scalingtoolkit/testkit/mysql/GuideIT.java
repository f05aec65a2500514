// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The snippets of the guide, running. */
class GuideIT {
  // snippet:mariadb
  @RegisterExtension
  static final MariaDbExtension MARIADB =
      MariaDbExtension.of(MariaDbCluster.builder().replicas(1)).databasePerTest();

  // end

  @Test
  void mariaDb_databasePerTest_isThereOnBothNodes() throws Exception {
    try (Connection primary = MARIADB.dataSource().getConnection();
        Connection replica = MARIADB.dataSource(MARIADB.cluster().replica(0)).getConnection()) {
      assertThat(replica.getCatalog()).isEqualTo(primary.getCatalog()).isNotEqualTo("app");
    }
  }

  @Test
  void mySql_failover_oldPrimaryRejoins() {
    Optional<String> reason = MySqlCluster.unavailable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    // snippet:mysql
    try (MySqlCluster cluster = MySqlCluster.builder().replicas(1).start()) {
      GtidNode old = cluster.primary();
      old.kill();
      cluster.replica(0).promote();
      cluster.rejoin(old);
      cluster.awaitCaughtUp();
      assertThat(cluster.replicas()).containsExactly(old);
    }
    // end
  }
}
