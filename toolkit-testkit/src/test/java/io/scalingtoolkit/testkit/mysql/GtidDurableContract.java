// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data that outlive the cluster; the same on both products. */
abstract class GtidDurableContract {
  @TempDir Path folder;

  abstract GtidCluster start(int replicas, Path directory);

  abstract Optional<String> unavailable();

  @BeforeEach
  void requireEngine() {
    Assumptions.assumeTrue(unavailable().isEmpty(), () -> unavailable().orElse(""));
  }

  @Test
  void start_again_findsDataReplicasAndDurability() throws SQLException {
    try (GtidCluster cluster = start(1, folder)) {
      Queries.execute(
          cluster.primary().dataSource(),
          "CREATE TABLE t (n INT PRIMARY KEY)",
          "INSERT INTO t VALUES (1)");
    }
    try (GtidCluster cluster = start(1, folder)) {
      Queries.execute(cluster.primary().dataSource(), "INSERT INTO t VALUES (2)");
      cluster.awaitCaughtUp();
      assertThat(cluster.nodes()).hasSize(2);
      for (GtidNode node : cluster.nodes()) {
        assertThat(Queries.text(node.dataSource(), "SELECT GROUP_CONCAT(n ORDER BY n) FROM t"))
            .isEqualTo("1,2");
        assertThat(Queries.text(node.dataSource(), "SELECT @@global.sync_binlog")).isEqualTo("1");
        assertThat(
                Queries.text(node.dataSource(), "SELECT @@global.innodb_flush_log_at_trx_commit"))
            .isEqualTo("1");
        assertThat(Queries.text(node.dataSource(), "SELECT @@global.innodb_flush_method"))
            .isEqualToIgnoringCase("fsync");
      }
      String known = cluster.primary().jdbcUrl().replaceAll("user=.*", "user=root&password=root");
      assertThatThrownBy(() -> DriverManager.getConnection(known).close())
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("Access denied");
    }
  }

  @Test
  void start_afterAPromotion_findsTheNewPrimaryAndCopiesToTheOldOne() throws SQLException {
    try (GtidCluster cluster = start(1, folder)) {
      Queries.execute(
          cluster.primary().dataSource(),
          "CREATE TABLE t (n INT PRIMARY KEY)",
          "INSERT INTO t VALUES (1)");
      cluster.awaitCaughtUp();
      GtidNode old = cluster.primary();
      cluster.replica(0).promote();
      // Only the deposed primary has this row.
      Queries.execute(old.dataSource(), "INSERT INTO t VALUES (100)");
      Queries.execute(cluster.primary().dataSource(), "INSERT INTO t VALUES (2)");
    }
    try (GtidCluster cluster = start(1, folder)) {
      assertThat(cluster.primary().name()).isEqualTo("node2");
      Queries.execute(cluster.primary().dataSource(), "INSERT INTO t VALUES (3)");
      cluster.awaitCaughtUp();
      for (GtidNode node : cluster.nodes()) {
        assertThat(Queries.text(node.dataSource(), "SELECT GROUP_CONCAT(n ORDER BY n) FROM t"))
            .isEqualTo("1,2,3");
      }
    }
  }
}
