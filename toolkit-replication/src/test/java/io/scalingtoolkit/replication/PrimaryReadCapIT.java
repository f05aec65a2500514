// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reads that have no replica do not take the whole pool of the primary. */
class PrimaryReadCapIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private final Pools pools = new Pools().ofSize(4);
  private ReplicationDataSource db;

  @BeforeEach
  void open() {
    db =
        ReplicationDataSource.builder(pools.open(POSTGRES.cluster().primary().jdbcUrl()))
            .replica("r1", pools.open(POSTGRES.cluster().replica(0).jdbcUrl()))
            .maxPrimaryReads(1)
            .build();
    db.drainReplica("r1", true);
  }

  @AfterEach
  void close() {
    db.close();
    pools.close();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select 1")) {
      rows.next();
    }
  }

  private Connection readOnlyTransaction() throws SQLException {
    Connection connection = db.getConnection();
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    read(connection);
    return connection;
  }

  /** Reads on a thread of its own; the task returns how it ended. */
  private FutureTask<String> reading(boolean interrupted) throws Exception {
    FutureTask<String> task =
        new FutureTask<>(
            () -> {
              try (Connection connection = db.getConnection()) {
                read(connection);
                return "read";
              } catch (SQLException e) {
                return e.toString();
              }
            });
    Thread thread = new Thread(task, "reader");
    thread.setDaemon(true);
    thread.start();
    if (interrupted) {
      await().until(() -> waitsForItsTurn(thread) || task.isDone());
      thread.interrupt();
    }
    return task;
  }

  private static boolean waitsForItsTurn(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getMethodName().equals("tryAcquire")) {
        return true;
      }
    }
    return false;
  }

  @Test
  void read_pastTheCap_waitsForItsTurn() throws Exception {
    Connection first = readOnlyTransaction();
    try {
      assertThat(ReplicationDataSource.nodeOf(first)).isEqualTo("primary");
      assertThat(reading(true).get(10, TimeUnit.SECONDS))
          .contains("SQLTransientConnectionException", "waiting for the primary");
      // What must be on the primary anyway is not bounded.
      try (Connection writer = db.getConnection()) {
        execute(writer, "create temporary table mine (id int)");
      }
      FutureTask<String> next = reading(false);
      first.close();
      assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("read");
    } finally {
      first.close();
    }
  }

  @Test
  void read_afterOthersHaveEnded_hasItsTurnHoweverTheyEnded() throws Exception {
    readOnlyTransaction().close();
    readOnlyTransaction().abort(Runnable::run);
    try (Connection connection = readOnlyTransaction()) {
      connection.rollback();
      read(connection);
    }
    assertThat(reading(false).get(10, TimeUnit.SECONDS)).isEqualTo("read");
  }

  @Test
  void read_afterOneThatGotNoConnection_hasItsTurnWhileThatOneIsOpen() throws Exception {
    List<Connection> others = new ArrayList<>();
    try (Connection unlucky = db.getConnection()) {
      while (pools.first().getHikariPoolMXBean().getActiveConnections() < 4) {
        others.add(pools.first().getConnection());
      }
      assertThatThrownBy(() -> read(unlucky)).isInstanceOf(SQLException.class);
      closeAll(others);
      assertThat(reading(false).get(10, TimeUnit.SECONDS)).isEqualTo("read");
    } finally {
      closeAll(others);
    }
  }

  private static void closeAll(List<Connection> connections) throws SQLException {
    for (Connection connection : connections) {
      connection.close();
    }
  }

  @Test
  void read_whileAReplicaIsThere_isNotBounded() throws Exception {
    db.drainReplica("r1", false);
    await().until(() -> db.status().nodes().stream().allMatch(n -> n.state().equals("in use")));
    try (Connection first = readOnlyTransaction();
        Connection second = readOnlyTransaction()) {
      assertThat(ReplicationDataSource.nodeOf(first)).isEqualTo("r1");
      assertThat(ReplicationDataSource.nodeOf(second)).isEqualTo("r1");
    }
  }
}
