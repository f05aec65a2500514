// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.net.Traffic;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session costs a commit in statements, counted by {@code pg_stat_statements}, and in round
 * trips, counted by a proxy that only the application's connections go through. The probes have a
 * user of their own. System property: {@code cost.commits}.
 */
@SuppressWarnings("try") // scopes are opened for what happens inside them
class PostgresCommitCostIT {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresCommitCostIT.class);
  private static final int COMMITS = Integer.getInteger("cost.commits", 500);
  private static final String INSERT = "insert into entry values ($1)";
  private static final String CAPTURE = "SELECT pg_current_wal_insert_lsn(), pg_is_in_recovery()";
  // The view has the COMMIT of a text and not the one that the driver sends itself.
  private static final String STATEMENTS =
      """
      select s.query, sum(s.calls) from pg_stat_statements s join pg_roles r on r.oid = s.userid
      where r.rolname = 'app' and s.query <> 'COMMIT' group by s.query
      """;

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(
          PostgresCluster.builder()
              .replicas(1)
              .setting("shared_preload_libraries", "pg_stat_statements"));

  private HikariDataSource primary;
  private HikariDataSource replica;
  private FaultProxy proxy;

  @BeforeAll
  static void create() throws SQLException {
    try (Connection connection = POSTGRES.cluster().primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create extension pg_stat_statements");
      statement.execute("create role app superuser login");
      statement.execute("create role probe superuser login");
      statement.execute("create table entry (id bigint)");
    }
    POSTGRES.cluster().awaitCaughtUp();
  }

  @BeforeEach
  void open() {
    PostgresNode node = POSTGRES.cluster().primary();
    proxy = FaultProxy.to("127.0.0.1", node.port());
    primary = pool(proxy.port(), node.port());
    replica = pool(POSTGRES.cluster().replica(0).port(), POSTGRES.cluster().replica(0).port());
  }

  @AfterEach
  void close() {
    primary.close();
    replica.close();
    proxy.close();
  }

  /** A pool of one connection to {@code port} whose probes connect to {@code probePort}. */
  private static HikariDataSource pool(int port, int probePort) {
    HikariConfig config = new HikariConfig();
    config.setMaximumPoolSize(1);
    config.setDataSource(
        new PGSimpleDataSource() {
          @Override
          public Connection getConnection() throws SQLException {
            boolean probe = Thread.currentThread().getName().startsWith("toolkit-probe-");
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setPortNumbers(new int[] {probe ? probePort : port});
            source.setUser(probe ? "probe" : "app");
            source.setDatabaseName("postgres");
            return source.getConnection();
          }
        });
    return new HikariDataSource(config);
  }

  private ReplicationDataSource replicated(boolean capture) {
    return ReplicationDataSource.builder(primary)
        .replica("r1", replica)
        .captureOnCommit(capture)
        .probeInterval(Duration.ofMillis(10))
        .build();
  }

  /** What some commits came to. */
  private record Cost(Map<String, Long> statements, long roundTrips) {}

  private Cost cost(DataSource db) throws SQLException {
    commit(db, 1);
    try (Connection direct = POSTGRES.cluster().primary().dataSource().getConnection();
        Statement statement = direct.createStatement()) {
      statement.execute("select pg_stat_statements_reset()");
      Traffic before = proxy.traffic();
      commit(db, COMMITS);
      long roundTrips = proxy.traffic().since(before).roundTrips();
      Map<String, Long> counts = new TreeMap<>();
      try (ResultSet rows = statement.executeQuery(STATEMENTS)) {
        while (rows.next()) {
          counts.put(rows.getString(1), rows.getLong(2));
        }
      }
      LOG.info("{}: {} round trips, {}", db, roundTrips, counts);
      return new Cost(counts, roundTrips);
    }
  }

  /** Commits transactions, each in a session of its own. */
  private static void commit(DataSource db, int times) throws SQLException {
    for (int i = 0; i < times; i++) {
      try (ConsistencyScope ignored = ConsistencyScope.open();
          Connection connection = db.getConnection();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("insert into entry values (1)");
        connection.commit();
      }
    }
  }

  @Test
  void commit_inSessionMode_costsNothing() throws SQLException {
    Cost bare = cost(primary);
    Cost sessions;
    try (ReplicationDataSource db = replicated(false)) {
      sessions = cost(db);
    }

    long n = COMMITS;
    assertThat(bare.statements()).isEqualTo(Map.of("BEGIN", n, INSERT, n));
    assertThat(bare.roundTrips()).isEqualTo(2 * n);
    assertThat(sessions).isEqualTo(bare);
  }

  @Test
  void commit_captured_costsOneStatementAndNoRoundTrip() throws SQLException {
    Cost captured;
    try (ReplicationDataSource db = replicated(true)) {
      captured = cost(db);
    }

    long n = COMMITS;
    assertThat(captured.statements()).isEqualTo(Map.of("BEGIN", n, INSERT, n, CAPTURE, n));
    assertThat(captured.roundTrips()).isEqualTo(2 * n);
  }
}
