// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The verbs that leave the roles as they are. */
class PostgresClusterIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2)).databasePerTest();

  private PostgresNode primary;
  private PostgresNode replica;

  @BeforeEach
  void createTable() throws SQLException {
    primary = POSTGRES.cluster().primary();
    replica = POSTGRES.cluster().replica(0);
    Queries.execute(POSTGRES.dataSource(), "create table item (id int primary key)");
    POSTGRES.cluster().awaitCaughtUp();
  }

  @Test
  void awaitCaughtUp_afterWrites_everyReplicaHasThem() throws SQLException {
    insert(1, 1000);

    POSTGRES.cluster().awaitCaughtUp();

    assertThat(countOn(replica)).isEqualTo(1000);
    assertThat(countOn(POSTGRES.cluster().replica(1))).isEqualTo(1000);
    assertThat(replica.replayLsn()).isGreaterThanOrEqualTo(new Lsn(1));
    assertThat(primary.currentLsn()).isGreaterThanOrEqualTo(replica.replayLsn());
  }

  @Test
  void roles_ofANewCluster_areAskedFromTheServers() throws SQLException {
    assertThat(primary.isPrimary()).isTrue();
    assertThat(replica.isPrimary()).isFalse();
    assertThat(POSTGRES.cluster().nodes())
        .extracting(PostgresNode::name)
        .startsWith("node1", "node2", "node3");
    assertThatThrownBy(
            () -> Queries.execute(POSTGRES.dataSource(replica), "insert into item values (1)"))
        .isInstanceOf(SQLException.class)
        .hasFieldOrPropertyWithValue("SQLState", "25006");
  }

  @Test
  void pauseReplay_write_isInvisibleUntilResumed() throws SQLException {
    replica.pauseReplay();
    insert(1, 1);
    POSTGRES.cluster().replica(1).awaitCaughtUp();
    assertThat(countOn(replica)).isZero();

    replica.resumeReplay();
    replica.awaitCaughtUp();

    assertThat(countOn(replica)).isEqualTo(1);
  }

  @Test
  void applyDelay_write_isInvisibleUntilDelayIsLifted() throws SQLException {
    replica.applyDelay(Duration.ofHours(1));
    insert(1, 1);
    POSTGRES.cluster().replica(1).awaitCaughtUp();
    assertThat(countOn(replica)).isZero();

    replica.applyDelay(Duration.ZERO);
    replica.awaitCaughtUp();

    assertThat(countOn(replica)).isEqualTo(1);
  }

  @Test
  void pauseReplay_whileADelayHoldsACommitBack_pausesAndTheDelayStays() throws SQLException {
    String held = "select count(*) from pg_stat_activity where wait_event = 'RecoveryApplyDelay'";
    replica.applyDelay(Duration.ofHours(1));
    insert(1, 1);
    Awaitility.await().until(() -> Queries.number(POSTGRES.dataSource(replica), held) == 1);

    replica.pauseReplay();

    assertThat(countOn(replica)).isZero();
    replica.resumeReplay();
    insert(2, 2);
    Awaitility.await().until(() -> Queries.number(POSTGRES.dataSource(replica), held) == 1);
    assertThat(countOn(replica)).isEqualTo(1);
    replica.applyDelay(Duration.ZERO);
    replica.awaitCaughtUp();
    assertThat(countOn(replica)).isEqualTo(2);
  }

  @Test
  void applyDelay_outOfRange_namesRuleAndValue() {
    assertThatThrownBy(() -> replica.applyDelay(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from 0 to 2147483647 ms")
        .hasMessageContaining("PT-0.001S");
  }

  @Test
  void kill_replica_comesBackWithItsDataByRestart() throws SQLException {
    insert(1, 10);
    replica.kill();
    assertThat(replica.isAlive()).isFalse();
    assertThatThrownBy(() -> countOn(replica)).isInstanceOf(SQLException.class);
    insert(11, 20);

    replica.restart();
    replica.awaitCaughtUp();

    assertThat(countOn(replica)).isEqualTo(20);
  }

  @Test
  void kill_primary_comesBackOnItsPortWithAllThatWasCommitted() throws SQLException {
    insert(1, 10);
    int port = primary.port();
    primary.kill();

    primary.restart();

    assertThat(primary.port()).isEqualTo(port);
    assertThat(countOn(primary)).isEqualTo(10);
    insert(11, 11);
    POSTGRES.cluster().awaitCaughtUp();
    assertThat(countOn(replica)).isEqualTo(11);
  }

  @Test
  void freeze_replica_acceptsConnectionsAndAnswersNothing() throws Exception {
    replica.freeze();
    Properties impatient = new Properties();
    impatient.setProperty("socketTimeout", "1");
    assertThatThrownBy(() -> DriverManager.getConnection(replica.jdbcUrl(), impatient).close())
        .isInstanceOf(SQLException.class)
        .hasRootCauseInstanceOf(SocketTimeoutException.class);
    insert(1, 1);

    replica.thaw();
    replica.awaitCaughtUp();

    assertThat(countOn(replica)).isEqualTo(1);
  }

  @Test
  void stop_withOpenSession_cutsItAndRestartBringsTheNodeBack() throws Exception {
    try (Connection open = POSTGRES.dataSource(replica).getConnection()) {
      replica.stop();

      assertThat(replica.isAlive()).isFalse();
      assertThat(open.isValid(5)).isFalse();
    }
    replica.restart();
    replica.awaitCaughtUp();
    assertThat(countOn(replica)).isZero();
  }

  @Test
  void restart_running_givesANewServerProcess() throws SQLException {
    String startTime = "select extract(epoch from pg_postmaster_start_time()) * 1000000";
    long before = Queries.number(replica.dataSource(), startTime);

    replica.restart();

    assertThat(Queries.number(replica.dataSource(), startTime)).isGreaterThan(before);
  }

  @Test
  void addReplica_runningPrimary_getsOldAndNewRows() throws SQLException {
    insert(1, 5000);
    PostgresNode added = POSTGRES.cluster().addReplica();
    insert(5001, 5001);

    added.awaitCaughtUp();

    assertThat(countOn(added)).isEqualTo(5001);
    assertThat(POSTGRES.cluster().replicas()).contains(added);
    added.kill();
  }

  @Test
  void dropDatabase_withOpenSession_cutsIt() throws Exception {
    String database = POSTGRES.cluster().createDatabase();
    try (Connection open = primary.dataSource(database).getConnection()) {
      POSTGRES.cluster().dropDatabase(database);

      Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !open.isValid(5));
    }
    assertThatThrownBy(() -> primary.dataSource(database).getConnection().close())
        .isInstanceOf(SQLException.class)
        .hasMessageContaining(database);
  }

  @Test
  void createDatabase_badName_namesRuleAndValue() {
    assertThatThrownBy(() -> POSTGRES.cluster().createDatabase("x; drop table y"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[a-z][a-z0-9_]{0,62}")
        .hasMessageContaining("x; drop table y");
  }

  private static void insert(int from, int to) throws SQLException {
    Queries.execute(
        POSTGRES.dataSource(),
        "insert into item select generate_series(%d, %d)".formatted(from, to));
  }

  private static long countOn(PostgresNode node) throws SQLException {
    return Queries.number(POSTGRES.dataSource(node), "select count(*) from item");
  }
}
