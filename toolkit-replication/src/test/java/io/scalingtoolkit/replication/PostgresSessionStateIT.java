// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one connection remembers: what it has read, what it has set, what it has open. */
@SuppressWarnings("try") // routing scopes are in force, not read
class PostgresSessionStateIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(
          PostgresCluster.builder().replicas(2).setting("max_standby_streaming_delay", "0"));

  private final Pools pools = new Pools();
  private List<HikariDataSource> opened;
  private ReplicationDataSource db;

  @BeforeEach
  void open() throws SQLException {
    opened = openPools();
    db = builder().build();
    execute("create table if not exists entry (id bigint primary key)");
    execute("truncate entry");
    POSTGRES.cluster().awaitCaughtUp();
  }

  private List<HikariDataSource> openPools() {
    PostgresCluster cluster = POSTGRES.cluster();
    return List.of(
        pools.open(cluster.primary().jdbcUrl()),
        pools.open(cluster.replica(0).jdbcUrl()),
        pools.open(cluster.replica(1).jdbcUrl()));
  }

  private ReplicationDataSourceBuilder builder() {
    return ReplicationDataSource.builder(opened.get(0))
        .replica("r1", opened.get(1))
        .replica("r2", opened.get(2));
  }

  private void reopen(ReplicationDataSourceBuilder builder) {
    db.close();
    db = builder.build();
  }

  @AfterEach
  void close() {
    for (HikariDataSource pool : opened) {
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).as("%s", pool).isZero();
    }
    assertThat(db.status().nodes()).allSatisfy(node -> assertThat(node.inFlight()).isZero());
    db.close();
    pools.close();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = db.getConnection()) {
      execute(connection, sql);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static int count(Connection connection) throws SQLException {
    return Integer.parseInt(one(connection, "select count(*) from entry"));
  }

  private void insertDirectly(long id) throws SQLException {
    try (Connection connection = POSTGRES.cluster().primary().dataSource().getConnection()) {
      execute(connection, "insert into entry values (" + id + ")");
    }
  }

  /** Has r2 stay behind a row that r1 shows, reads it on r1, and takes r1 away. */
  private void readsAfterLosing(ReadConsistency between) throws SQLException {
    PostgresNode behind = POSTGRES.cluster().replica(1);
    db.setReplicaWeight("r2", 0);
    try (Connection connection = db.getConnection()) {
      assertThat(count(connection)).isZero();
      assertThat(ReplicationDataSource.nodeOf(connection)).isEqualTo("r1");
      behind.pauseReplay();
      insertDirectly(1);
      POSTGRES.cluster().replica(0).awaitCaughtUp();
      assertThat(count(connection)).isEqualTo(1);
      assertThat(ReplicationDataSource.nodeOf(connection)).isEqualTo("r1");

      db.drainReplica("r1", true);
      try (RoutingScope ignored = RoutingScope.consistency(between)) {
        int seen = count(connection);
        assertThat(seen).isEqualTo(between.equals(ReadConsistency.session()) ? 1 : 0);
      }
      assertThat(count(connection)).as("what it had read already").isEqualTo(1);
    } finally {
      behind.resumeReplay();
      db.drainReplica("r1", false);
    }
  }

  @Test
  void readWithoutAScope_itsReplicaIsTakenAway_neverGoesBack() throws SQLException {
    readsAfterLosing(ReadConsistency.session());
  }

  @Test
  void readWithoutAScope_movedByAReadThatAsksForLess_neverGoesBack() throws SQLException {
    readsAfterLosing(ReadConsistency.eventual());
  }

  @Test
  void readWithoutAScope_itsConnectionIsLost_neverGoesBack() throws SQLException {
    PostgresNode behind = POSTGRES.cluster().replica(1);
    db.setReplicaWeight("r2", 0);
    try (Connection connection = db.getConnection()) {
      assertThat(count(connection)).isZero();
      behind.pauseReplay();
      insertDirectly(1);
      POSTGRES.cluster().replica(0).awaitCaughtUp();
      assertThat(count(connection)).isEqualTo(1);
      assertThat(ReplicationDataSource.nodeOf(connection)).isEqualTo("r1");
      String pid = one(connection, "/*@replica*/ select pg_backend_pid()");
      try (Connection direct = POSTGRES.cluster().replica(0).dataSource().getConnection()) {
        one(direct, "select pg_terminate_backend(" + pid + ", 5000)");
      }
      assertThat(count(connection)).isEqualTo(1);
    } finally {
      behind.resumeReplay();
    }
  }

  private void terminate(String pid) throws SQLException {
    try (Connection direct = POSTGRES.cluster().primary().dataSource().getConnection()) {
      one(direct, "select pg_terminate_backend(" + pid + ", 5000)");
    }
  }

  @Test
  void sessionState_lostWithItsConnection_isNotGoneWithoutAWord() throws SQLException {
    try (Connection connection = db.getConnection()) {
      execute(connection, "set application_name = 'tenant-7'");
      terminate(one(connection, "select pg_backend_pid()"));

      assertThatThrownBy(() -> one(connection, "select 1")).isInstanceOf(SQLException.class);
      assertThatThrownBy(() -> one(connection, "show application_name"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("session");
      connection.setAutoCommit(false);
      assertThatThrownBy(() -> one(connection, "show application_name"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("session");
    }
  }

  @Test
  void sessionState_setInATransaction_bindsToThePrimary() throws SQLException {
    try (Connection connection = db.getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, "select 1");
      execute(connection, "create temporary table mine (id int)");
      connection.commit();
      try (RoutingScope ignored = RoutingScope.consistency(ReadConsistency.eventual())) {
        connection.setReadOnly(true);
        assertThat(one(connection, "select count(*) from mine")).isEqualTo("0");
        connection.commit();
        connection.setReadOnly(false);
        connection.setAutoCommit(true);
        assertThat(one(connection, "select count(*) from mine")).isEqualTo("0");
      }
    }
  }

  @Test
  void commit_captured_leavesAPositionThatAReplicaCanReach() throws SQLException {
    reopen(builder().captureOnCommit(true));
    int captured = 0;
    for (int i = 0; i < 50; i++) {
      try (ConsistencyScope scope = ConsistencyScope.open();
          Connection connection = db.getConnection()) {
        connection.setAutoCommit(false);
        execute(connection, "insert into entry values (" + i + ")");
        connection.commit();
        // Beside the header of a page a position is left to a sample.
        captured += scope.position(db.name()) == Position.unresolved() ? 0 : 1;
        connection.setAutoCommit(true);
        assertThat(count(connection)).isEqualTo(i + 1);
      }
    }
    assertThat(captured).isGreaterThan(40);
  }

  @Test
  void readOnlyTransaction_poolsWithoutAutocommit_runsOnAReplica() throws SQLException {
    opened.forEach(pool -> assertThat(pool.isAutoCommit()).isTrue());
    try (Pools others = new Pools()) {
      PostgresCluster cluster = POSTGRES.cluster();
      ReplicationDataSourceBuilder builder =
          ReplicationDataSource.builder(others.openWithoutAutocommit(cluster.primary().jdbcUrl()))
              .replica("r1", others.openWithoutAutocommit(cluster.replica(0).jdbcUrl()))
              .replica("r2", others.openWithoutAutocommit(cluster.replica(1).jdbcUrl()));
      try (ReplicationDataSource manual = builder.build()) {
        for (int i = 0; i < 3; i++) {
          try (Connection connection = manual.getConnection()) {
            connection.setReadOnly(true);
            assertThat(one(connection, "select count(*) from entry")).isEqualTo("0");
            assertThat(ReplicationDataSource.nodeOf(connection)).startsWith("r");
            connection.commit();
          }
        }
      }
    }
  }

  @Test
  void read_waitsForReplica_asLongAsAsked() throws SQLException {
    reopen(builder().waitForReplica(Duration.ofSeconds(10)));
    POSTGRES.cluster().replica(0).applyDelay(Duration.ofMillis(600));
    POSTGRES.cluster().replica(1).applyDelay(Duration.ofMillis(600));
    try (Connection connection = db.getConnection()) {
      execute(connection, "insert into entry values (1)");
      assertThat(count(connection)).isEqualTo(1);
      assertThat(db.status().decisions()).containsKey("waited").doesNotContainKey("behind");
    } finally {
      POSTGRES.cluster().replica(0).applyDelay(Duration.ZERO);
      POSTGRES.cluster().replica(1).applyDelay(Duration.ZERO);
    }
  }

  @Test
  void result_notFetchedYet_survivesAStatementElsewhere() throws SQLException {
    try (Connection connection = db.getConnection();
        Statement first = connection.createStatement()) {
      assertThat(first.execute("select 41")).isTrue();
      execute(connection, "insert into entry values (1)");
      try (ResultSet rows = first.getResultSet()) {
        assertThat(rows).isNotNull();
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(41);
      }
    }
  }

  @Test
  void abort_whileAStatementRunsOnAFrozenServer_endsIt() throws Exception {
    PostgresNode node = POSTGRES.cluster().primary();
    // The common pool has one thread on two cores.
    java.util.concurrent.Executor ownThread = task -> new Thread(task).start();
    reopen(builder().deadAfter(Duration.ofMinutes(5)));
    Connection connection = db.getConnection();
    execute(connection, "insert into entry values (1)");
    node.freeze();
    try {
      CompletableFuture<Void> running =
          CompletableFuture.runAsync(
              () -> {
                try {
                  execute(connection, "insert into entry values (2)");
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              },
              ownThread);
      await().until(() -> connectionWaits(node, running));
      CompletableFuture.runAsync(() -> abort(connection), ownThread).get(5, TimeUnit.SECONDS);
      assertThatThrownBy(() -> running.get(5, TimeUnit.SECONDS))
          .hasRootCauseInstanceOf(java.io.IOException.class);
    } finally {
      node.thaw();
      connection.close();
    }
  }

  @Test
  void abort_whileItWaitsForThePool_runsNothingAndLeavesNothingBorrowed() throws Exception {
    HikariDataSource pool = opened.get(0);
    List<Connection> held = new ArrayList<>();
    for (int i = 0; i < pool.getMaximumPoolSize(); i++) {
      held.add(pool.getConnection());
    }
    Connection connection = db.getConnection();
    FutureTask<Void> writing =
        new FutureTask<>(
            () -> {
              try (connection) {
                execute(connection, "insert into entry values (1)");
              }
              return null;
            });
    new Thread(writing, "writer").start();
    await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
    connection.abort(Runnable::run);
    for (Connection one : held) {
      one.close();
    }

    assertThatThrownBy(() -> writing.get(10, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(SQLException.class)
        .hasMessageContaining("closed");
  }

  private static boolean connectionWaits(PostgresNode node, CompletableFuture<Void> running) {
    return !running.isDone()
        && Thread.getAllStackTraces().values().stream()
            .anyMatch(
                frames ->
                    List.of(frames).stream().anyMatch(f -> f.getMethodName().equals("sendQuery"))
                        || List.of(frames).stream()
                            .anyMatch(f -> f.getMethodName().equals("processResults")));
  }

  private static void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void transaction_cutByRecovery_failsOnceAndRollsBackQuietly() throws SQLException {
    execute("insert into entry select generate_series(1, 1000)");
    POSTGRES.cluster().awaitCaughtUp();
    try (Connection connection = db.getConnection()) {
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      assertThat(count(connection)).isEqualTo(1000);
      assertThat(ReplicationDataSource.nodeOf(connection)).startsWith("r");
      try (Connection direct = POSTGRES.cluster().primary().dataSource().getConnection()) {
        execute(direct, "truncate entry");
        execute(direct, "vacuum full entry");
      }
      POSTGRES.cluster().awaitCaughtUp();

      assertThatThrownBy(() -> count(connection))
          .isInstanceOf(SQLException.class)
          .satisfies(e -> assertThat(((SQLException) e).getSQLState()).isIn("40001", "08006"));
      connection.rollback();
      assertThat(count(connection)).isZero();
      connection.commit();
    }
  }
}
