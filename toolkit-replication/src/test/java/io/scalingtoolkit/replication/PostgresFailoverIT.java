// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class PostgresFailoverIT {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresFailoverIT.class);

  private final Pools pools = new Pools();
  private PostgresCluster cluster;
  private ReplicationDataSource db;

  @BeforeEach
  void start() throws SQLException {
    cluster = PostgresCluster.builder().replicas(2).start();
    db =
        ReplicationDataSource.builder(pools.open(cluster.primary().jdbcUrl()))
            .primaryName(cluster.primary().name())
            .replica(cluster.replica(0).name(), pools.open(cluster.replica(0).jdbcUrl()))
            .replica(cluster.replica(1).name(), pools.open(cluster.replica(1).jdbcUrl()))
            .build();
    execute("create table entry (id bigserial primary key, node text not null)");
    cluster.awaitCaughtUp();
  }

  @AfterEach
  void stop() {
    db.close();
    pools.close();
    cluster.close();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void read(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("select count(*) from entry where id < ?");
        ResultSet rows = query(statement)) {
      assertThat(rows.next()).isTrue();
    }
  }

  private static ResultSet query(PreparedStatement statement) throws SQLException {
    statement.setLong(1, 100);
    return statement.executeQuery();
  }

  private String stateOf(PostgresNode node) {
    return db.status().nodes().stream()
        .filter(status -> status.name().equals(node.name()))
        .findFirst()
        .orElseThrow()
        .state();
  }

  private void awaitState(PostgresNode node, String state) {
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> stateOf(node).equals(state));
  }

  @Test
  void replica_killedUnderLoad_costsNoRead() {
    try (Load load = Load.start(8, db, PostgresFailoverIT::read)) {
      load.awaitMore(500);
      cluster.replica(0).kill();
      load.awaitMore(2_000);
      awaitState(cluster.replica(0), "silent");
      cluster.replica(0).restart();
      awaitState(cluster.replica(0), "in use");
      load.awaitMore(500);

      assertThat(load.failures()).isEmpty();
      LOG.warn("killed replica: longest read {} ms", load.longestMillis());
    }
  }

  /** HikariCP makes a new connection only up to 5 s after the server is back. */
  @Test
  void replica_backAfterALongOutage_makesNoReadWait() {
    long before;
    Load load = Load.start(8, db, PostgresFailoverIT::read);
    try (load) {
      load.awaitMore(500);
      cluster.replica(0).kill();
      awaitState(cluster.replica(0), "silent");
      Awaitility.await()
          .during(6, TimeUnit.SECONDS)
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> stateOf(cluster.replica(0)).equals("silent"));
      before = retried();
      cluster.replica(0).restart();
      awaitState(cluster.replica(0), "in use");
      load.awaitMore(500);
    }
    // A read that waited in vain for the pool of the returned replica is over now.
    assertThat(load.failures()).isEmpty();
    assertThat(retried()).isEqualTo(before);
    LOG.warn("returned replica: longest read {} ms", load.longestMillis());
  }

  private long retried() {
    return db.status().decisions().getOrDefault("retried", 0L);
  }

  @Test
  void replica_frozenUnderLoad_costsNoRead() {
    try (Load load = Load.start(8, db, PostgresFailoverIT::read)) {
      load.awaitMore(500);
      cluster.replica(0).freeze();
      awaitState(cluster.replica(0), "silent");
      load.awaitMore(2_000);
      cluster.replica(0).thaw();
      awaitState(cluster.replica(0), "in use");
      load.awaitMore(500);

      assertThat(load.failures()).isEmpty();
      LOG.warn("frozen replica: longest read {} ms", load.longestMillis());
    }
  }

  @Test
  void replicas_allGone_leaveReadsToThePrimary() {
    try (Load load = Load.start(4, db, PostgresFailoverIT::read)) {
      cluster.replica(0).kill();
      cluster.replica(1).kill();
      awaitState(cluster.replica(1), "silent");
      load.awaitMore(500);

      assertThat(load.failures()).isEmpty();
      assertThat(db.status().decisions()).containsKey("no_replica");
    }
  }

  @Test
  void primary_killedAndReplacedByAReplica_isFencedWhenItComesBack() throws SQLException {
    PostgresNode old = cluster.primary();
    PostgresNode promoted = cluster.replica(0);
    old.kill();
    promoted.promote();
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> promoted.name().equals(db.status().primary()));
    execute("insert into entry (node) values ('new')");

    old.restart();
    awaitState(old, "fenced");
    execute("insert into entry (node) values ('new')");

    assertThat(old.isPrimary()).isTrue();
    assertThat(count(old)).isZero();
    assertThat(count(promoted)).isEqualTo(2);
    assertThat(db.status().failovers()).isEqualTo(1);
  }

  @Test
  void primary_aliveWhenAReplicaIsPromoted_takesNoWriteAnyMore() throws SQLException {
    PostgresNode old = cluster.primary();
    PostgresNode promoted = cluster.replica(0);
    try (Connection open = db.getConnection()) {
      open.setAutoCommit(false);
      try (Statement statement = open.createStatement()) {
        statement.execute("insert into entry (node) values ('old')");
        promoted.promote();
        awaitState(old, "fenced");

        assertThatThrownBy(open::commit).isInstanceOf(SQLException.class);
      }
      open.rollback();
      try (Statement statement = open.createStatement()) {
        statement.execute("insert into entry (node) values ('new')");
      }
      open.commit();
    }

    assertThat(count(old)).isZero();
    assertThat(count(promoted)).isEqualTo(1);
  }

  private static int count(PostgresNode node) throws SQLException {
    try (Connection connection = node.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from entry")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
