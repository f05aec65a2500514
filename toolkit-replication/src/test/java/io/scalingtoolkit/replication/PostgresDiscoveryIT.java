// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

class PostgresDiscoveryIT extends DiscoveryContract {
  private @Nullable PostgresCluster cluster;

  @Override
  List<Server> start() {
    cluster = PostgresCluster.builder().replicas(1).start();
    return List.of(server(cluster.primary()), server(cluster.replica(0)));
  }

  private Server server(PostgresNode node) {
    return new Server(
        node.name(), node.jdbcUrl(), node::kill, node::promote, () -> cluster.rejoin(node));
  }

  @Override
  Server addReplica() {
    return server(cluster.addReplica());
  }

  @Override
  Server find(ReplicaAddress address) {
    return cluster.nodes().stream()
        .filter(node -> node.name().equals(address.name()))
        .map(this::server)
        .findFirst()
        .orElseThrow();
  }

  @Override
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static List<ReplicaAddress> found(Connection connection) throws Exception {
    return ReplicaDiscovery.fromPrimary().find(connection);
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(condition);
  }

  @Test
  void fromPrimary_userWhoMayNotSee_saysWhatToGrant() throws Exception {
    start();
    try (Connection admin = cluster.primary().dataSource().getConnection()) {
      execute(admin, "create role plain login");
      try (Connection plain = connect("user=plain")) {
        assertThatThrownBy(() -> found(plain))
            .isInstanceOf(SQLException.class)
            .hasMessageContaining("pg_monitor");
        execute(admin, "grant pg_monitor to plain");
        assertThat(found(plain))
            .containsExactly(new ReplicaAddress(cluster.replica(0).name(), "127.0.0.1", null));
      }
    }
  }

  private Connection connect(String properties) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:"
            + cluster.primary().port()
            + "/postgres?sslmode=disable&"
            + properties);
  }

  @Test
  void fromPrimary_subscriberAndReceiverOfTheLog_areNoReplicas() throws Exception {
    start();
    String replication = "user=postgres&preferQueryMode=simple&assumeMinServerVersion=9.4";
    try (Connection admin = cluster.primary().dataSource().getConnection();
        Connection physical = connect(replication + "&replication=true");
        Connection logical = connect(replication + "&replication=database")) {
      execute(admin, "create publication all_tables for all tables");
      LogSequenceNumber now =
          LogSequenceNumber.valueOf(text(admin, "select pg_current_wal_flush_lsn()"));
      try (PGReplicationStream receiver =
              physical
                  .unwrap(PGConnection.class)
                  .getReplicationAPI()
                  .replicationStream()
                  .physical()
                  .withStartPosition(now)
                  .start();
          PGReplicationStream subscriber = subscribe(logical)) {
        receiver.setFlushedLSN(now);
        receiver.forceUpdateStatus();
        subscriber.setFlushedLSN(now);
        subscriber.setAppliedLSN(now);
        subscriber.forceUpdateStatus();
        await(
            () ->
                text(
                        admin,
                        "select count(*) || '/' || count(replay_lsn)"
                            + " from pg_stat_replication where state = 'streaming'")
                    .equals("3/2"));

        assertThat(found(admin))
            .extracting(ReplicaAddress::name)
            .containsExactly(cluster.replica(0).name());
      }
    }
  }

  private static PGReplicationStream subscribe(Connection logical) throws SQLException {
    PGConnection connection = logical.unwrap(PGConnection.class);
    connection
        .getReplicationAPI()
        .createReplicationSlot()
        .logical()
        .withSlotName("subscriber")
        .withOutputPlugin("pgoutput")
        .withTemporaryOption()
        .make();
    return connection
        .getReplicationAPI()
        .replicationStream()
        .logical()
        .withSlotName("subscriber")
        .withSlotOption("proto_version", 1)
        .withSlotOption("publication_names", "all_tables")
        .start();
  }

  @Test
  void fromPrimary_twoStandbysOfTheStandardName_doNotBecomeOne() throws Exception {
    cluster = PostgresCluster.builder().replicas(2).start();
    for (PostgresNode replica : cluster.replicas()) {
      try (Connection connection = replica.dataSource().getConnection()) {
        execute(
            connection,
            "alter system set primary_conninfo = 'host=127.0.0.1 user=postgres sslmode=disable"
                + " port="
                + cluster.primary().port()
                + "'");
        execute(connection, "select pg_reload_conf()");
      }
    }
    try (Connection admin = cluster.primary().dataSource().getConnection()) {
      await(
          () ->
              text(
                      admin,
                      "select count(*) from pg_stat_replication"
                          + " where application_name = 'walreceiver' and state = 'streaming'"
                          + " and replay_lsn is not null")
                  .equals("2"));
      // On hosts of their own their addresses would tell them apart. Here a data source leaves
      // both out, see DiscoveredReplicasTest.
      ReplicaAddress local = ReplicaAddress.at("127.0.0.1");
      assertThat(found(admin)).containsExactly(local, local);
    }
  }
}
