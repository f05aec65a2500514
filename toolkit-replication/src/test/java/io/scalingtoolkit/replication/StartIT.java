// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What build() says to nodes that do not fit, and to those that do not answer. */
class StartIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private static PostgresNode primary() {
    return POSTGRES.cluster().primary();
  }

  private static PostgresNode replica() {
    return POSTGRES.cluster().replica(0);
  }

  private static String one(ReplicationDataSource db, String sql) throws SQLException {
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1) + " on " + ReplicationDataSource.nodeOf(connection);
    }
  }

  @Test
  void build_frozenPrimaryWithoutAPool_endsInTime() throws Exception {
    ReplicationDataSourceBuilder builder =
        ReplicationDataSource.builder(primary().dataSource())
            .replica("r1", replica().dataSource())
            .startTimeout(Duration.ofSeconds(2));
    primary().freeze();
    try {
      CompletableFuture<ReplicationDataSource> built =
          CompletableFuture.supplyAsync(builder::build);
      assertThatThrownBy(() -> built.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseInstanceOf(ReplicationException.class)
          .hasMessageContaining("no node has accepted writes within 2000 ms")
          .hasMessageContaining("primary=has not answered");
    } finally {
      primary().thaw();
    }
  }

  @Test
  void build_withoutPools_worksAndLeavesNothingOpen() throws SQLException {
    try (ReplicationDataSource db =
        ReplicationDataSource.builder(primary().dataSource())
            .replica("r1", replica().dataSource())
            .build()) {
      await().atMost(20, TimeUnit.SECONDS).until(() -> one(db, "select 1").equals("1 on r1"));
      for (int i = 0; i < 100; i++) {
        assertThat(one(db, "select 1")).isIn("1 on r1", "1 on primary");
      }
      assertThat(db.status().nodes()).allSatisfy(node -> assertThat(node.inFlight()).isZero());
    }
  }

  @Test
  void build_rolesTheOtherWayRound_findsThem() throws SQLException {
    try (Pools pools = new Pools();
        ReplicationDataSource db =
            ReplicationDataSource.builder(pools.open(replica().jdbcUrl()))
                .primaryName("first")
                .replica("second", pools.open(primary().jdbcUrl()))
                .build()) {
      assertThat(db.status().primary()).isEqualTo("second");
      await().atMost(20, TimeUnit.SECONDS).until(() -> one(db, "select 1").equals("1 on first"));
    }
  }

  @Test
  void build_replicaIsDown_isLeftOutUntilItAnswers() throws SQLException {
    replica().stop();
    try (Pools pools = new Pools();
        ReplicationDataSource db =
            ReplicationDataSource.builder(pools.open(primary().jdbcUrl()))
                .replica("r1", pools.open(replica().jdbcUrl()))
                .build()) {
      assertThat(one(db, "select 1")).isEqualTo("1 on primary");
      replica().restart();
      await().atMost(20, TimeUnit.SECONDS).until(() -> one(db, "select 1").equals("1 on r1"));
    } finally {
      replica().restart();
    }
  }

  @Test
  void build_noPrimary_namesTheNodes() {
    try (Pools pools = new Pools()) {
      ReplicationDataSourceBuilder builder =
          ReplicationDataSource.builder(pools.open(replica().jdbcUrl()))
              .startTimeout(Duration.ofMillis(500));
      assertThatThrownBy(builder::build)
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining(
              "no node has accepted writes within 500 ms: {primary=is a replica}");
    }
  }

  @Test
  void build_nodesThatDoNotFit_namesThem() {
    try (Pools pools = new Pools();
        PostgresCluster other = PostgresCluster.builder().replicas(0).start();
        MariaDbCluster mariadb = MariaDbCluster.builder().replicas(0).start()) {
      String main = primary().jdbcUrl();
      assertThatThrownBy(
              () ->
                  ReplicationDataSource.builder(pools.open(main))
                      .replica("stray", pools.open(other.primary().jdbcUrl()))
                      .build())
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining("belongs to another cluster");
      GtidNode maria = mariadb.primary();
      assertThatThrownBy(
              () ->
                  ReplicationDataSource.builder(pools.open(main))
                      .replica("maria", pools.open(maria.jdbcUrl(), "app", "app"))
                      .build())
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining("node maria cannot be used: it is a server of MARIADB");
      assertThatThrownBy(
              () ->
                  ReplicationDataSource.builder(
                          pools.open(
                              "jdbc:mariadb://127.0.0.1:" + maria.port() + "/", "app", "wrong"))
                      .build())
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining("node primary cannot be used");
    }
  }

  @Test
  void build_twoWritableMariaDbNodes_takesTheOneThatHoldsAll() throws SQLException {
    try (Pools pools = new Pools();
        MariaDbCluster cluster = MariaDbCluster.builder().replicas(1).start()) {
      GtidNode old = cluster.primary();
      GtidNode promoted = cluster.replica(0);
      cluster.awaitCaughtUp();
      promoted.promote();
      try (Connection connection = promoted.dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("create table entry (id int primary key)");
      }
      for (int i = 0; i < 5; i++) {
        try (ReplicationDataSource db =
            ReplicationDataSource.builder(pools.open(old.jdbcUrl(), "app", "app"))
                .primaryName("old")
                .replica("new", pools.open(promoted.jdbcUrl(), "app", "app"))
                .build()) {
          // On a busy machine the new one may answer after the start; it takes over then.
          Awaitility.await()
              .atMost(10, TimeUnit.SECONDS)
              .until(() -> "new".equals(db.status().primary()));
        }
      }
    }
  }
}
