// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a builder asks for is what runs, and what cannot run says why. */
class PostgresSetupIT {
  @Test
  void start_twoClustersAtOnce_shareNothing() throws Exception {
    CompletableFuture<PostgresCluster> starting =
        CompletableFuture.supplyAsync(() -> PostgresCluster.builder().replicas(1).start());
    try (PostgresCluster one = PostgresCluster.builder().replicas(1).start();
        PostgresCluster two = starting.join()) {
      assertThat(one.systemIdentifier()).isNotEqualTo(two.systemIdentifier());
      assertThat(one.primary().port()).isNotEqualTo(two.primary().port());
      Queries.execute(one.primary().dataSource(), "create table only_here (id int)");
      one.awaitCaughtUp();
      two.awaitCaughtUp();
      String query = "select count(*) from pg_class where relname = 'only_here'";
      assertThat(Queries.number(one.replica(0).dataSource(), query)).isEqualTo(1);
      assertThat(Queries.number(two.replica(0).dataSource(), query)).isZero();
    } finally {
      starting.thenAccept(PostgresCluster::close).join();
    }
  }

  @Test
  void setting_ofTheBuilder_holdsOnAllNodesAndCanBeChangedAtRunTime() throws Exception {
    try (PostgresCluster cluster =
        PostgresCluster.builder()
            .replicas(1)
            .setting("max_connections", "30")
            .setting("application_name", "it's")
            .start()) {
      String query = "select setting::int from pg_settings where name = 'max_connections'";
      assertThat(Queries.number(cluster.primary().dataSource(), query)).isEqualTo(30);
      assertThat(Queries.number(cluster.replica(0).dataSource(), query)).isEqualTo(30);

      Queries.execute(
          cluster.primary().dataSource(),
          "alter system set wal_keep_size = '32MB'",
          "select pg_reload_conf()");
      cluster.primary().restart();

      query = "select setting::int from pg_settings where name = 'wal_keep_size'";
      assertThat(Queries.number(cluster.primary().dataSource(), query)).isEqualTo(32);
    }
  }

  @Test
  void synchronousReplicas_one_commitIsReadableOnIt() throws Exception {
    try (PostgresCluster cluster =
        PostgresCluster.builder().replicas(1).synchronousReplicas(1).start()) {
      Queries.execute(cluster.primary().dataSource(), "create table item (id int)");
      for (int i = 1; i <= 50; i++) {
        Queries.execute(cluster.primary().dataSource(), "insert into item values (1)");

        assertThat(Queries.number(cluster.replica(0).dataSource(), "select count(*) from item"))
            .isEqualTo(i);
      }
    }
  }

  @Test
  void start_settingUnknownToTheServer_showsLogTailAndKeepsLogsAndNoFiles() throws Exception {
    assertThatThrownBy(() -> PostgresCluster.builder().setting("no_such_setting", "1").start())
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("ended while starting")
        .hasMessageContaining("unrecognized configuration parameter \"no_such_setting\"")
        .satisfies(
            failure -> {
              Path kept = group("logs kept in (.*)", failure.getMessage());
              assertThat(kept.resolve("node1.log")).isNotEmptyFile();
              assertThat(group("end of (.*)/logs/node1.log", failure.getMessage())).doesNotExist();
            });
  }

  @Test
  void start_portTakenMeanwhile_takesAnotherOne() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.single()) {
      PostgresNode node = cluster.primary();
      int port = node.port();
      node.kill();
      try (ServerSocket stranger = listenOn(port)) {
        node.start();

        assertThat(node.port()).isNotEqualTo(stranger.getLocalPort());
        assertThat(node.isPrimary()).isTrue();
      }
    }
  }

  @Test
  void restart_portTakenMeanwhile_saysSoBecauseItMustNotChange() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.single()) {
      PostgresNode node = cluster.primary();
      node.kill();
      try (ServerSocket stranger = listenOn(node.port())) {
        assertThatThrownBy(node::restart)
            .isInstanceOf(EngineException.class)
            .hasMessageContaining("Address already in use")
            .hasMessageContaining("port " + stranger.getLocalPort());
      }
    }
  }

  @Test
  void close_twice_leavesNoFile() {
    PostgresCluster cluster = PostgresCluster.single();
    Path files = cluster.workspace().path();
    assertThat(Files.exists(files.resolve("node1").resolve("PG_VERSION"))).isTrue();

    cluster.close();
    cluster.close();

    assertThat(files).doesNotExist();
    assertThat(cluster.primary().isAlive()).isFalse();
  }

  @Test
  void close_interruptedThread_endsEverythingAndStaysInterrupted() {
    PostgresCluster cluster = PostgresCluster.builder().replicas(1).start();

    Thread.currentThread().interrupt();
    cluster.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(cluster.workspace().path()).doesNotExist();
    assertThat(cluster.nodes()).noneMatch(PostgresNode::isAlive);
  }

  @Test
  void start_moreSynchronousReplicasThanReplicas_isRefused() {
    assertThatThrownBy(() -> PostgresCluster.builder().synchronousReplicas(2).replicas(1).start())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("synchronousReplicas must be at most the number of replicas, 1; got 2");
  }

  private static ServerSocket listenOn(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress("127.0.0.1", port));
    return socket;
  }

  private static Path group(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
    return Path.of(matcher.group(1));
  }
}
