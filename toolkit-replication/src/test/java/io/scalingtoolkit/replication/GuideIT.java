// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.replication.metrics.ReplicationMetric;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.net.InetAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The snippets of the guide, running; and what is left when a data source is closed. */
@SuppressWarnings("try") // scopes are opened for what happens inside them
class GuideIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2)).databasePerTest();

  private final Pools pools = new Pools();
  private final MeterRegistry meterRegistry = new SimpleMeterRegistry();
  private HikariDataSource primaryPool;
  private HikariDataSource replicaPool1;
  private HikariDataSource replicaPool2;

  @BeforeEach
  void open() throws SQLException {
    PostgresCluster cluster = POSTGRES.cluster();
    String database = POSTGRES.database();
    primaryPool = pools.open(cluster.primary().jdbcUrl(database));
    replicaPool1 = pools.open(cluster.replica(0).jdbcUrl(database));
    replicaPool2 = pools.open(cluster.replica(1).jdbcUrl(database));
    try (Connection connection = primaryPool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table account (id bigint primary key, name text not null)");
      statement.execute("insert into account values (1, 'Ada')");
    }
    cluster.awaitCaughtUp();
  }

  @AfterEach
  void close() {
    pools.close();
  }

  private ReplicationDataSource build() {
    // snippet:build
    ReplicationDataSource db =
        ReplicationDataSource.builder(primaryPool)
            .replica("r1", replicaPool1)
            .replica("r2", replicaPool2)
            .consistency(ReadConsistency.session())
            .meterRegistry(meterRegistry)
            .build();
    // end
    return db;
  }

  @Test
  void read_insideAScope_neverMissesItsOwnWrite() throws SQLException {
    try (ReplicationDataSource db = build()) {
      List<String> names = new ArrayList<>();
      // snippet:scope
      try (ConsistencyScope scope = ConsistencyScope.open()) {
        try (Connection connection = db.getConnection();
            Statement statement = connection.createStatement()) {
          statement.executeUpdate("update account set name = 'Grace' where id = 1");
        }
        try (Connection connection = db.getConnection();
            PreparedStatement statement =
                connection.prepareStatement("select name from account where id = ?")) {
          statement.setLong(1, 1);
          try (ResultSet rows = statement.executeQuery()) {
            rows.next();
            names.add(rows.getString(1)); // Grace, wherever it was read
          }
        }
        String bookmark = codec().encode(scope.exportBookmark()); // for the next request
        assertThat(bookmark).isNotEmpty();
      }
      // end
      assertThat(names).containsExactly("Grace");
    }
  }

  private static BookmarkCodec codec() {
    return BookmarkCodec.builder().discoveredTypes().build();
  }

  @Test
  void scopes_askForMoreOrLess() throws SQLException {
    try (ReplicationDataSource db = build()) {
      // snippet:routing
      try (RoutingScope ignored =
              RoutingScope.consistency(ReadConsistency.bounded(Duration.ofSeconds(2)));
          Connection connection = db.getConnection();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select count(*) from account")) {
        rows.next();
      }
      try (RoutingScope ignored = RoutingScope.primary();
          Connection connection = db.getConnection();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select count(*) from account")) {
        rows.next();
        assertThat(ReplicationDataSource.nodeOf(connection)).isEqualTo("primary");
      }
      // end
      assertThat(db.status().decisions()).containsEntry("asked", 1L);
    }
  }

  @Test
  void topology_changesWhileItRuns() throws InterruptedException {
    try (ReplicationDataSource db = build()) {
      // snippet:topology
      db.drainReplica("r1", true); // no new reads; those that run go on
      db.removeReplica("r1"); // waits up to 5 s for what runs there; its pool may be closed then
      db.addReplica("r1", replicaPool1, ReplicaOptions.standard().withWeight(0.5));
      db.setReplicaWeight("r2", 2);
      // end
      assertThat(db.status().nodes())
          .extracting(ReplicationStatus.NodeStatus::name)
          .containsExactly("primary", "r2", "r1");
    }
  }

  private DataSource openPool(ReplicaAddress replica) {
    return POSTGRES.cluster().replicas().stream()
        .filter(node -> node.name().equals(replica.name()))
        .map(node -> pools.open(node.jdbcUrl(POSTGRES.database())))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void replicas_areFoundWhileItRuns() {
    // snippet:discover
    ReplicationDataSource db =
        ReplicationDataSource.builder(primaryPool)
            .primaryName("node1")
            .discover(ReplicaDiscovery.fromPrimary(), replica -> openPool(replica))
            .build();
    // end
    try (db) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  db.status().nodes().stream()
                          .filter(node -> node.discovered() && node.state().equals("in use"))
                          .count()
                      == 2);
    }
  }

  @Test
  void addresses_areFoundInDns() throws Exception {
    String hostOfReplicas = "127.0.0.1";
    // snippet:dns
    ReplicaDiscovery dns =
        primary ->
            Stream.of(InetAddress.getAllByName(hostOfReplicas))
                .map(address -> ReplicaAddress.at(address.getHostAddress()))
                .toList();
    // end
    try (Connection connection = primaryPool.getConnection()) {
      assertThat(dns.find(connection)).containsExactly(ReplicaAddress.at("127.0.0.1"));
    }
  }

  @Test
  void meters_ofADataSource_areThoseOfTheEnumAndGoWithIt() {
    try (ReplicationDataSource db = build()) {
      assertThat(db.status().primary()).isEqualTo("primary");
      Set<String> expected =
          Arrays.stream(ReplicationMetric.values())
              .map(ReplicationMetric::id)
              .collect(Collectors.toSet());
      assertThat(meterNames()).isEqualTo(expected);
    }
    assertThat(meterNames()).isEmpty();
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.matches("toolkit-(probe|watch|callback|discovery)-.*")))
        .isEmpty();
  }

  private Set<String> meterNames() {
    return meterRegistry.getMeters().stream()
        .map(meter -> meter.getId().getName())
        .collect(Collectors.toSet());
  }
}
