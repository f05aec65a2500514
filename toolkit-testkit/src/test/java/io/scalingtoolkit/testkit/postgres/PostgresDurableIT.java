// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.ChildJvm;
import io.scalingtoolkit.testkit.EngineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data that outlive the cluster, on a disk. */
final class PostgresDurableIT {
  @TempDir Path folder;

  @Test
  void start_again_findsDataReplicasAndDurability() throws Exception {
    Path data = folder.resolve("data");
    int port;
    try (PostgresCluster cluster = PostgresCluster.builder().replicas(2).durable(data).start()) {
      port = cluster.primary().port();
      write(cluster, "create table t (n int)", "insert into t values (1)");
    }
    try (PostgresCluster cluster = PostgresCluster.builder().replicas(2).durable(data).start()) {
      assertThat(query(cluster.primary(), "select n from t")).isEqualTo("1");
      write(cluster, "insert into t values (2)");
      cluster.awaitCaughtUp();
      for (PostgresNode replica : cluster.replicas()) {
        assertThat(query(replica, "select count(*) from t")).isEqualTo("2");
        assertThat(query(replica, "show fsync")).isEqualTo("on");
      }
      assertThat(cluster.nodes()).hasSize(3);
      assertThat(query(cluster.primary(), "show full_page_writes")).isEqualTo("on");
      assertThat(query(cluster.primary(), "show synchronous_commit")).isEqualTo("on");
      assertThatThrownBy(() -> PostgresCluster.builder().durable(data).start())
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("another cluster runs on the durable data");
      assertWithoutPasswordRefused(cluster.primary().port());
    }
    assertThat(port).isPositive();
    assertThat(data.resolve("node1/PG_VERSION")).exists();
  }

  @Test
  void start_afterAPromotion_findsTheNewPrimaryAndReClonesTheOldOne() throws Exception {
    try (PostgresCluster cluster =
        PostgresCluster.builder().replicas(2).durable(folder.resolve("data")).start()) {
      write(cluster, "create table t (n int)", "insert into t values (1)");
      cluster.awaitCaughtUp();
      PostgresNode old = cluster.primary();
      cluster.replica(1).promote();
      // Only the deposed primary has this row.
      execute(old, "insert into t values (100)");
      write(cluster, "insert into t values (2)");
    }
    try (PostgresCluster cluster =
        PostgresCluster.builder().replicas(2).durable(folder.resolve("data")).start()) {
      assertThat(cluster.primary().name()).isEqualTo("node3");
      write(cluster, "insert into t values (3)");
      cluster.awaitCaughtUp();
      assertThat(cluster.replicas()).extracting(PostgresNode::name).contains("node1", "node2");
      for (PostgresNode node : cluster.nodes()) {
        assertThat(query(node, "select string_agg(n::text, ',' order by n) from t"))
            .isEqualTo("1,2,3");
      }
    }
  }

  @Test
  void start_afterAPromotionThatNobodyNoted_findsTheNewPrimary() throws Exception {
    Path data = folder.resolve("data");
    try (PostgresCluster cluster = PostgresCluster.builder().replicas(1).durable(data).start()) {
      write(cluster, "create table t (n int)");
      cluster.awaitCaughtUp();
      execute(cluster.replica(0), "select pg_promote(true, 60)");
      execute(cluster.replica(0), "insert into t values (7)");
    }
    try (PostgresCluster cluster = PostgresCluster.builder().durable(data).start()) {
      assertThat(query(cluster.primary(), "select n from t")).isEqualTo("7");
    }
  }

  @Test
  void kill_ofTheJvm_endsTheServersAndKeepsWhatWasCommitted() throws Exception {
    Path data = folder.resolve("data");
    try (ChildJvm jvm = ChildJvm.start(DurableMain.class, List.of(), data.toString())) {
      jvm.awaitLine("COMMITTED");
      jvm.kill();
    }
    // The lock is free at once; what may still run is ended by the start.
    try (PostgresCluster cluster = PostgresCluster.builder().durable(data).start()) {
      assertThat(query(cluster.primary(), "select count(*) from t")).isEqualTo("1");
    }
  }

  @Test
  void start_foreignFiles_isRefused() throws Exception {
    Files.writeString(folder.resolve("letter.txt"), "mine");

    assertThatThrownBy(() -> PostgresCluster.builder().durable(folder).start())
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("must be empty or of an earlier cluster")
        .hasMessageContaining("letter.txt");
    assertThat(folder.resolve("letter.txt")).hasContent("mine");
  }

  private static void assertWithoutPasswordRefused(int port) {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&sslmode=disable";
    assertThatThrownBy(() -> DriverManager.getConnection(url).close())
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password");
  }

  private static void write(PostgresCluster cluster, String... statements) throws SQLException {
    for (String statement : statements) {
      execute(cluster.primary(), statement);
    }
  }

  private static void execute(PostgresNode node, String sql) throws SQLException {
    Queries.execute(node.dataSource(), sql);
  }

  private static String query(PostgresNode node, String sql) throws SQLException {
    return Queries.text(node.dataSource(), sql);
  }
}
