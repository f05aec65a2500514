// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** As root, whom read_only does not stop. */
class MariaDbConnectionIT {
  @RegisterExtension
  static final MariaDbExtension MARIADB = MariaDbExtension.of(MariaDbCluster.builder().replicas(1));

  private static final Pools POOLS = new Pools().ofSize(2);
  private static HikariDataSource primary;
  private static HikariDataSource replica;
  private static ReplicationDataSource db;

  @BeforeAll
  static void start() throws Exception {
    MariaDbCluster cluster = MARIADB.cluster();
    try (Connection connection = cluster.primary().adminDataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table app.t (id int primary key auto_increment, name text)");
      statement.execute(
          """
          create function app.hidden_write(n int) returns int deterministic
          begin insert into app.t (name) values ('hidden'); return n; end
          """);
    }
    cluster.awaitCaughtUp();
    primary = POOLS.open(cluster.primary().jdbcUrl(), "root", "root");
    replica = POOLS.open(cluster.replica(0).jdbcUrl(), "root", "root");
    db =
        ReplicationDataSource.builder(primary)
            .replica("r1", replica)
            .consistency(ReadConsistency.eventual())
            .deadAfter(Duration.ofSeconds(20))
            // Of all that is said of functions here, this is a lie.
            .allowFunction("hidden_write")
            .build();
    assertThat(db.awaitReplicas(20_000)).isTrue();
    await().until(() -> db.status().nodes().stream().allMatch(n -> n.state().equals("in use")));
  }

  @AfterAll
  static void stop() {
    db.close();
    POOLS.close();
  }

  private static int number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void write_ofAPrivilegedUserOnAReplica_isRefusedAndRunsOnThePrimary() throws SQLException {
    long before = db.status().heals();
    int n = 0;
    for (boolean readOnly : new boolean[] {false, true, false}) {
      try (Connection connection = db.getConnection()) {
        connection.setReadOnly(readOnly);
        assertThat(number(connection, "/*@replica*/ select @@server_id"))
            .isEqualTo(MARIADB.cluster().replica(0).port());
        connection.setReadOnly(false);
        n++;
        assertThat(number(connection, "select hidden_write(" + n + ") as c" + n)).isEqualTo(n);
      }
    }
    assertThat(db.status().heals() - before).isEqualTo(3);
    MARIADB.cluster().awaitCaughtUp();
    // A write on the replica would have a number of that server.
    assertThat(MARIADB.cluster().replica(0).executedGtid())
        .isEqualTo(MARIADB.cluster().primary().executedGtid());
  }

  @Test
  void write_inAReadOnlyTransactionOnAReplica_fails() throws SQLException {
    try (Connection connection = db.getConnection()) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      assertThat(number(connection, "/*@replica*/ select @@server_id"))
          .isEqualTo(MARIADB.cluster().replica(0).port());
      assertThatThrownBy(() -> number(connection, "select hidden_write(9) as d"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1792));
      connection.rollback();
    }
  }

  @Test
  void lastInsertId_afterAReadOnTheReplica_isThatOfThisConnection() throws SQLException {
    try (Connection connection = db.getConnection();
        Connection thief = db.getConnection();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("insert into t (name) values ('mine')");
      assertThat(number(connection, "/*@replica*/ select @@server_id"))
          .isEqualTo(MARIADB.cluster().replica(0).port());
      // Takes the connection that this thread used last, if it was given back.
      thief.setAutoCommit(false);
      thief.createStatement().executeUpdate("insert into t (name) values ('other')");

      int mine = number(connection, "/*@primary*/ select max(id) from t where name = 'mine'");
      assertThat(number(connection, "select last_insert_id()")).isEqualTo(mine);
      thief.rollback();
    }
  }

  @Test
  void questions_beforeTheFirstStatement_borrowNothing() throws SQLException {
    try (Connection connection = db.getConnection()) {
      assertThat(connection.getMetaData().getDatabaseProductName()).isEqualTo("MariaDB");
      assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
      assertThat(connection.getCatalog()).isEqualTo("app");
      assertThat(connection.getTransactionIsolation())
          .isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      connection.commit();
      assertThat(primary.getHikariPoolMXBean().getActiveConnections()).isZero();
      assertThat(replica.getHikariPoolMXBean().getActiveConnections()).isZero();
    }
  }

  @Test
  void catalog_setBefore_isInForceOnBothServersAndGoneAfterwards() throws SQLException {
    try (Connection connection = db.getConnection()) {
      connection.setCatalog("information_schema");
      for (String where : new String[] {"/*@replica*/", "/*@primary*/"}) {
        assertThat(number(connection, where + "select database() = 'information_schema'")).isOne();
      }
    }
    try (Connection connection = db.getConnection()) {
      for (String where : new String[] {"/*@replica*/", "/*@primary*/"}) {
        assertThat(number(connection, where + "select database() = 'app'")).isOne();
      }
    }
  }
}
