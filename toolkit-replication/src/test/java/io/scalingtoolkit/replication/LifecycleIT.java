// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is left behind: nothing. {@code -Dtoolkit.cycles=1000} opens and closes more often. */
class LifecycleIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private static final int CYCLES = Integer.getInteger("toolkit.cycles", 40);
  private static final Pattern OURS = Pattern.compile("toolkit-(probe|watch|callback|discovery)");

  private static ReplicationDataSource open(Pools pools) {
    PostgresCluster cluster = POSTGRES.cluster();
    String named = "?ApplicationName=lifecycle&user=postgres";
    return ReplicationDataSource.builder(pools.open(base(cluster.primary()) + named))
        .replica("r1", pools.open(base(cluster.replica(0)) + named))
        .deadAfter(Duration.ofSeconds(20))
        .discover(ReplicaDiscovery.fromPrimary(), address -> null)
        .discoveryInterval(Duration.ofMillis(100))
        .build();
  }

  private static String base(PostgresNode node) {
    return "jdbc:postgresql://127.0.0.1:" + node.port() + "/postgres";
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> OURS.matcher(name).lookingAt())
        .toList();
  }

  private static int connections(PostgresNode node) throws SQLException {
    try (Connection connection = node.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select count(*) from pg_stat_activity where application_name = 'lifecycle'")) {
      row.next();
      return row.getInt(1);
    }
  }

  private static int one(ReplicationDataSource db) throws SQLException {
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select 1")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void openAndClose_manyTimes_leavesNoThreadAndNoConnection() throws SQLException {
    for (int i = 0; i < CYCLES; i++) {
      try (Pools pools = new Pools();
          ReplicationDataSource db = open(pools)) {
        assertThat(one(db)).isOne();
      }
      assertThat(threads()).isEmpty();
    }
    for (PostgresNode node : List.of(POSTGRES.cluster().primary(), POSTGRES.cluster().replica(0))) {
      await().until(() -> connections(node) == 0);
    }
  }

  @Test
  void close_whileANodeIsFrozen_returnsAndItsThreadsEnd() throws Exception {
    for (PostgresNode frozen :
        List.of(POSTGRES.cluster().replica(0), POSTGRES.cluster().primary())) {
      try (Pools pools = new Pools()) {
        ReplicationDataSource db = open(pools);
        assertThat(one(db)).isOne();
        frozen.freeze();
        try {
          CompletableFuture.runAsync(db::close).get(30, TimeUnit.SECONDS);
          await().atMost(Duration.ofSeconds(20)).until(() -> threads().isEmpty());
        } finally {
          frozen.thaw();
        }
      }
    }
  }

  @Test
  void statement_afterClose_isRefusedBeforeItBorrows() throws SQLException {
    try (Pools pools = new Pools()) {
      HikariDataSource pool = pools.open(POSTGRES.cluster().primary().jdbcUrl());
      ReplicationDataSource db = ReplicationDataSource.builder(pool).build();
      db.close();
      db.close();
      try {
        db.getConnection();
        throw new AssertionError("a closed data source gave a connection");
      } catch (SQLException e) {
        assertThat(e.getSQLState()).isEqualTo("08003");
      }
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
      assertThat(pool.isClosed()).isFalse();
    }
  }
}
