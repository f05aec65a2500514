// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PostgresRoutingIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2));

  private final Pools pools = new Pools();
  private ReplicationDataSource db;

  @BeforeEach
  void open() throws SQLException {
    PostgresCluster cluster = POSTGRES.cluster();
    db =
        ReplicationDataSource.builder(pools.open(cluster.primary().jdbcUrl()))
            .replica("r1", pools.open(cluster.replica(0).jdbcUrl()))
            .replica("r2", pools.open(cluster.replica(1).jdbcUrl()))
            .build();
    execute("create table if not exists account (id bigint primary key, name text not null)");
    execute("truncate account");
    cluster.awaitCaughtUp();
  }

  @AfterEach
  void close() {
    db.close();
    pools.close();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static boolean onReplica(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("/*@replica*/ select pg_is_in_recovery()");
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getBoolean(1);
    }
  }

  @Test
  void read_inAutocommit_runsOnAReplica() throws SQLException {
    try (Connection connection = db.getConnection()) {
      assertThat(onReplica(connection)).isTrue();
      assertThat(ReplicationDataSource.nodeOf(connection)).isIn("r1", "r2");
    }
  }

  @Test
  void read_afterAWriteInTheScope_seesIt() throws SQLException {
    POSTGRES.cluster().replica(0).pauseReplay();
    POSTGRES.cluster().replica(1).pauseReplay();
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      assertThat(scope.position(db.name())).isNull();
      execute("insert into account values (1, 'ada')");

      for (int i = 0; i < 50; i++) {
        assertThat(count()).isEqualTo(1);
      }
    } finally {
      POSTGRES.cluster().replica(0).resumeReplay();
      POSTGRES.cluster().replica(1).resumeReplay();
    }
    assertThat(db.status().decisions()).containsKeys("pending", "behind");
  }

  private int count() throws SQLException {
    try (Connection connection = db.getConnection();
        PreparedStatement statement = connection.prepareStatement("select count(*) from account");
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getInt(1);
    }
  }

  @Test
  void transaction_declaredReadOnly_runsOnAReplica() throws SQLException {
    try (Connection connection = db.getConnection()) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      assertThat(onReplica(connection)).isTrue();
      connection.commit();
      connection.setReadOnly(false);
      assertThat(onReplica(connection)).isFalse();
      connection.rollback();
    }
  }

  @Test
  void batch_aReadOnAReplicaBetweenItsParts_losesNone() throws SQLException {
    try (Connection connection = db.getConnection();
        PreparedStatement prepared =
            connection.prepareStatement("insert into account values (?, 'ada')");
        Statement plain = connection.createStatement()) {
      prepared.setLong(1, 1);
      prepared.addBatch();
      plain.addBatch("insert into account values (3, 'bob')");
      assertThat(onReplica(connection)).isTrue();
      prepared.setLong(1, 2);
      prepared.addBatch();

      assertThat(prepared.executeBatch()).containsExactly(1, 1);
      assertThat(plain.executeBatch()).containsExactly(1);
      assertThat(prepared.executeBatch()).isEmpty();
    }
  }

  @Test
  void metaData_ofAStatementWhoseReplicaWasLeftSince_isAskedAnew() throws SQLException {
    try (Connection connection = db.getConnection();
        PreparedStatement asked = connection.prepareStatement("select name from account");
        Statement other = connection.createStatement()) {
      assertThat(onReplica(connection)).isTrue();
      assertThat(asked.getMetaData().getColumnCount()).isEqualTo(1);
      other.execute("insert into account values (5, 'eve')");

      asked.setFetchSize(10);
      assertThat(asked.getMetaData().getColumnCount()).isEqualTo(1);
    }
  }

  @Test
  void session_whenThePrimaryIsIdleWithLogNotFlushed_comesBackToAReplica() throws SQLException {
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      execute("insert into account values (7, 'ada')");
      try (Connection direct = POSTGRES.cluster().primary().dataSource().getConnection();
          Statement statement = direct.createStatement()) {
        // It is in the log and no commit, so nobody flushes it.
        statement.execute("select pg_logical_emit_message(false, 'test', 'nothing')");
      }
      scope.wrote(db.name(), System.nanoTime());

      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> Set.of("r1", "r2").contains(nodeOfARead()));
      assertThat(db.status().rebases()).isZero();
    }
  }

  private String nodeOfARead() throws SQLException {
    try (Connection connection = db.getConnection();
        PreparedStatement statement = connection.prepareStatement("select count(*) from account");
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return ReplicationDataSource.nodeOf(connection);
    }
  }
}
