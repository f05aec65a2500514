// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.process.Deadline;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The verbs that leave the roles alone, on one cluster for all tests of a product. */
abstract class GtidClusterContract {
  private static final int READ_ONLY = 1290;

  private GtidNode primary;
  private GtidNode replica;

  /** Returns the extension of the class: a primary, one replica and a database per test. */
  abstract GtidExtension<? extends GtidCluster> engine();

  @BeforeEach
  void createTable() throws SQLException {
    primary = engine().cluster().primary();
    replica = engine().cluster().replica(0);
    Queries.execute(engine().dataSource(), "create table item (id int primary key)");
    insert(1);
    replica.awaitCaughtUp();
  }

  @Test
  void nodes_afterStart_areOnePrimaryAndOneReplica() {
    assertThat(engine().cluster().nodes()).containsExactly(primary, replica);
    assertThat(primary.isPrimary()).isTrue();
    assertThat(replica.isPrimary()).isFalse();
    assertThat(primary.name()).isEqualTo("node1");
    assertThat(primary.port()).isBetween(10_240, 32_767).isNotEqualTo(replica.port());
  }

  @Test
  void awaitCaughtUp_afterWrites_theReplicaHasThem() throws SQLException {
    for (int id = 2; id <= 50; id++) {
      insert(id);
    }

    engine().cluster().awaitCaughtUp();

    assertThat(count(replica)).isEqualTo(50);
    assertThat(replica.executedGtid()).isNotEmpty().isEqualTo(primary.executedGtid());
  }

  @Test
  void write_onReplicaByTheApplication_isRefused() {
    assertThatThrownBy(
            () -> Queries.execute(engine().dataSource(replica), "insert into item values (2)"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(READ_ONLY));
  }

  @Test
  void jdbcUrl_withoutFurtherProperties_connectsAsTheApplication() throws SQLException {
    String database = engine().database();

    try (Connection connection = DriverManager.getConnection(primary.jdbcUrl(database))) {
      assertThat(Queries.number(connection, "select count(*) from item")).isEqualTo(1);
      assertThat(connection.getCatalog()).isEqualTo(database);
    }
    try (Connection connection = DriverManager.getConnection(replica.jdbcUrl())) {
      assertThat(connection.getCatalog()).isEqualTo("app");
    }
  }

  @Test
  void application_mayUseRoutinesAndTriggersButNotAdministerTheServer() throws SQLException {
    Queries.execute(
        engine().dataSource(),
        "create trigger t before insert on item for each row set new.id = new.id + 100",
        "create procedure p() insert into item values (2)",
        "call p()");

    assertThat(Queries.number(engine().dataSource(), "select max(id) from item")).isEqualTo(102);
    assertThatThrownBy(() -> Queries.execute(engine().dataSource(), "set global read_only = 1"))
        .isInstanceOf(SQLException.class);
    Queries.execute(primary.adminDataSource(), "set global max_connections = 77");
  }

  @Test
  void pauseReplay_writeMeanwhile_isReceivedButInvisibleUntilResumed() throws SQLException {
    replica.pauseReplay();
    insert(2);
    String written = primary.executedGtid();
    awaitReceived(written);
    long seenWhilePaused = count(replica);
    String executedWhilePaused = replica.executedGtid();

    replica.resumeReplay();
    replica.awaitReplayed(written);

    assertThat(seenWhilePaused).isEqualTo(1);
    assertThat(executedWhilePaused).isNotEqualTo(written);
    assertThat(count(replica)).isEqualTo(2);
  }

  @Test
  void applyDelay_oneHour_hidesAReceivedRowUntilTheDelayIsTakenBack() throws SQLException {
    replica.applyDelay(Duration.ofHours(1));
    insert(2);
    awaitReceived(primary.executedGtid());
    long seenWhileDelayed = count(replica);

    replica.applyDelay(Duration.ZERO);
    replica.awaitCaughtUp();

    assertThat(seenWhileDelayed).isEqualTo(1);
    assertThat(count(replica)).isEqualTo(2);
  }

  @Test
  void applyDelay_whilePaused_staysPaused() throws SQLException {
    replica.pauseReplay();
    replica.applyDelay(Duration.ofSeconds(1));
    replica.applyDelay(Duration.ZERO);
    insert(2);
    awaitReceived(primary.executedGtid());

    assertThat(count(replica)).isEqualTo(1);
    replica.resumeReplay();
    replica.awaitCaughtUp();
    assertThat(count(replica)).isEqualTo(2);
  }

  @Test
  void applyDelay_partsOfASecondOrNegative_isRefused() {
    for (Duration delay : new Duration[] {Duration.ofMillis(1500), Duration.ofSeconds(-1)}) {
      assertThatThrownBy(() -> replica.applyDelay(delay))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("delay must be whole seconds from 0 to 86400")
          .hasMessageEndingWith("got " + delay);
    }
  }

  @Test
  void replicaVerbs_onThePrimary_areRefused() {
    assertThatThrownBy(() -> primary.pauseReplay())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("only a replica can pause replay");
    assertThatThrownBy(() -> primary.applyDelay(Duration.ofSeconds(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("only a replica can delay replay");
    assertThatThrownBy(() -> primary.promote())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("only a replica can be promoted");
    assertThatThrownBy(() -> engine().cluster().rejoin(primary))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not the primary");
  }

  @Test
  void kill_replica_restartsAndCatchesUp() throws SQLException {
    replica.kill();
    boolean aliveAfterKill = replica.isAlive();
    insert(2);

    replica.restart();

    replica.awaitCaughtUp();
    assertThat(aliveAfterKill).isFalse();
    assertThat(replica.isPrimary()).isFalse();
    assertThat(count(replica)).isEqualTo(2);
  }

  @Test
  void restart_pausedReplica_replaysAgain() throws SQLException {
    replica.pauseReplay();
    insert(2);

    replica.restart();

    replica.awaitCaughtUp();
    assertThat(count(replica)).isEqualTo(2);
  }

  @Test
  void kill_primaryDuringWrites_losesNoAcknowledgedRow() throws Exception {
    AtomicInteger acknowledged = new AtomicInteger(1);
    Thread writer =
        new Thread(
            () -> {
              try (Connection connection = engine().dataSource().getConnection()) {
                for (int id = 2; ; id++) {
                  connection.createStatement().execute("insert into item values (" + id + ")");
                  acknowledged.set(id);
                }
              } catch (SQLException e) {
                // The kill ends the loop: there is no other way out.
                assertThat(primary.isAlive()).isFalse();
              }
            });
    writer.start();
    Deadline.in(Duration.ofSeconds(20)).await("200 rows", () -> acknowledged.get() >= 200);

    primary.kill();
    writer.join();
    primary.restart();

    assertThat(count(primary)).isBetween((long) acknowledged.get(), acknowledged.get() + 1L);
    assertThat(primary.isPrimary()).isTrue();
    insert(acknowledged.get() + 2);
    replica.awaitCaughtUp();
    assertThat(count(replica)).isEqualTo(count(primary));
  }

  @Test
  void stop_replica_restartsAndCatchesUp() throws SQLException {
    replica.stop();
    boolean aliveAfterStop = replica.isAlive();
    insert(2);

    replica.restart();

    replica.awaitCaughtUp();
    assertThat(aliveAfterStop).isFalse();
    assertThat(count(replica)).isEqualTo(2);
  }

  @Test
  void freeze_primary_portAcceptsAndNothingAnswersUntilThawed() throws Exception {
    primary.freeze();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), primary.port())) {
      socket.setSoTimeout(100);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(primary.isAlive()).isTrue();
    } finally {
      primary.thaw();
    }

    insert(2);
    replica.awaitCaughtUp();
    assertThat(count(replica)).isEqualTo(2);
  }

  @Test
  void freeze_replica_fallsBehindUntilThawed() throws SQLException {
    replica.freeze();
    insert(2);
    engine().cluster().awaitCaughtUp();

    replica.thaw();

    replica.awaitCaughtUp();
    assertThat(count(replica)).isEqualTo(2);
  }

  @Test
  void dropDatabase_createdBefore_isGoneEverywhere() throws SQLException {
    String database = engine().cluster().createDatabase();
    engine().cluster().awaitCaughtUp();
    String query = "select count(*) from information_schema.schemata where schema_name = '%s'";
    long before = Queries.number(replica.dataSource(), query.formatted(database));

    engine().cluster().dropDatabase(database);
    engine().cluster().awaitCaughtUp();

    assertThat(before).isEqualTo(1);
    assertThat(Queries.number(replica.dataSource(), query.formatted(database))).isZero();
  }

  @Test
  void dropDatabase_openTransaction_cutsItsSession() throws SQLException {
    String database = engine().cluster().createDatabase();
    try (Connection leaked = primary.dataSource(database).getConnection()) {
      leaked.setAutoCommit(false);
      try (Statement statement = leaked.createStatement()) {
        statement.execute("create table item (id int)");
        statement.execute("insert into item values (1)");
      }

      engine().cluster().dropDatabase(database);

      assertThat(leaked.isValid(5)).isFalse();
    }
  }

  private void awaitReceived(String gtid) {
    Deadline.in(Duration.ofSeconds(20))
        .await("the replica has received " + gtid, () -> contains(replica.receivedGtid(), gtid));
  }

  /** On MySQL the replica lists what it received since it follows, which may begin later. */
  private static boolean contains(String received, String written) {
    String end =
        written.substring(Math.max(written.lastIndexOf('-'), written.lastIndexOf(':')) + 1);
    return received.endsWith("-" + end) || received.endsWith(":" + end);
  }

  private void insert(int id) throws SQLException {
    Queries.execute(engine().dataSource(), "insert into item values (" + id + ")");
  }

  private long count(GtidNode node) throws SQLException {
    return Queries.number(engine().dataSource(node), "select count(*) from item");
  }
}
