// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** As a tool would use it: a URL, and DriverManager alone. */
class PostgresDriverIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2));

  private static final Pattern OURS =
      Pattern.compile("toolkit-(probe|watch|callback|idle-close)|[a-z]+/(primary|replica)");

  private static String url(String options) {
    PostgresCluster cluster = POSTGRES.cluster();
    return "jdbc:replicated:postgresql://"
        + String.join(
            ",",
            Stream.of(cluster.primary(), cluster.replica(0), cluster.replica(1))
                .map(node -> "127.0.0.1:" + node.port())
                .toList())
        + "/postgres?user=postgres&ApplicationName=driver-it&"
        + options;
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> OURS.matcher(name).lookingAt())
        .toList();
  }

  private static long probes() {
    return threads().stream().filter(name -> name.startsWith("toolkit-probe-")).count();
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
  void connections_ofATool_readOnReplicasAndWriteOnThePrimary() throws SQLException {
    String url = url("toolkit.idleClose=0&toolkit.poolSize=3");
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      await().until(() -> onReplica(connection));
      statement.execute("create table tool (id int primary key, name text)");
      statement.executeUpdate("insert into tool values (1, 'ada')");
      try (ResultSet rows = statement.executeQuery("select name from tool")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(1)).isEqualTo("ada");
      }
      connection.setAutoCommit(false);
      assertThat(onReplica(connection)).isFalse();
      connection.commit();
      try (ResultSet tables = connection.getMetaData().getTables(null, null, "tool", null)) {
        assertThat(tables.next()).isTrue();
      }
      statement.execute("drop table tool");
      connection.commit();
    }
  }

  @Test
  void cluster_idle_leavesNoThreadAndNoConnection() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url("toolkit.idleClose=0"))) {
      await().until(() -> onReplica(connection));
      assertThat(probes()).isEqualTo(3);
    }
    await().until(() -> threads().isEmpty());
    for (var node : List.of(POSTGRES.cluster().primary(), POSTGRES.cluster().replica(0))) {
      await().until(() -> connections(node.dataSource().getConnection()) == 0);
    }
  }

  private static int connections(Connection connection) throws SQLException {
    try (connection;
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select count(*) from pg_stat_activity where application_name = 'driver-it'")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  @Test
  void connections_atOnce_buildOneCluster() throws Exception {
    String url = url("toolkit.idleClose=0&toolkit.name=once");
    int callers = 16;
    CyclicBarrier together = new CyclicBarrier(callers);
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    List<Connection> open = new ArrayList<>();
    try {
      Callable<Connection> connect =
          () -> {
            together.await();
            return DriverManager.getConnection(url);
          };
      List<Future<Connection>> futures = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        futures.add(threads.submit(connect));
      }
      for (Future<Connection> future : futures) {
        open.add(future.get());
      }
      assertThat(threads().stream().filter(name -> name.startsWith("toolkit-probe-once/")))
          .hasSize(3);
      for (Connection connection : open.subList(1, callers)) {
        connection.close();
        connection.close();
      }
      assertThat(onReplica(open.get(0))).isIn(true, false);
    } finally {
      threads.shutdown();
      for (Connection connection : open) {
        connection.close();
      }
    }
    await().until(() -> threads().isEmpty());
  }

  @Test
  void cluster_reopenedBeforeItsTime_isTheSame() throws SQLException {
    String url = url("toolkit.idleClose=1h&toolkit.name=kept");
    DriverManager.getConnection(url).close();
    Thread probe = probe();
    Connection connection = DriverManager.getConnection(url);
    assertThat(probe()).isSameAs(probe);
    connection.abort(Runnable::run);
    assertThat(threads()).contains("toolkit-idle-close");

    ReplicationDriver driver = (ReplicationDriver) DriverManager.getDriver(url);
    try {
      DriverManager.deregisterDriver(driver);
      await().until(() -> threads().isEmpty());
    } finally {
      DriverManager.registerDriver(driver);
    }
  }

  private static Thread probe() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("toolkit-probe-kept/primary"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void properties_ofTheProduct_reachItsDriver() throws SQLException {
    Properties info = new Properties();
    info.setProperty("options", "-c work_mem=5MB");
    info.setProperty("toolkit.idleClose", "0");
    info.setProperty("toolkit.consistency", "strong");
    try (Connection connection = DriverManager.getConnection(url(""), info);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select current_setting('work_mem')")) {
      rows.next();
      assertThat(rows.getString(1)).isEqualTo("5MB");
      assertThat(onReplica(connection)).isFalse();
    }
  }

  @Test
  void connect_refusedByTheServer_hasTheServersState() {
    String url = url("").replace("/postgres?", "/nowhere?");

    assertThatThrownBy(() -> DriverManager.getConnection(url))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3D000"))
        .hasMessageContaining("nowhere");
    await().until(() -> threads().isEmpty());
  }
}
