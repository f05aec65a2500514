// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.mysql.MySqlPosition;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.mysql.MySqlExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The position of a commit in the answer to it. */
@SuppressWarnings("try") // scopes are opened for what happens inside them
class MySqlCaptureIT {
  private static final int COMMITS = 200;
  private static final String TRACKING = "&trackSessionState=true";

  @RegisterExtension
  static final MySqlExtension MYSQL = MySqlExtension.of(MySqlCluster.builder().replicas(1));

  private final Pools pools = new Pools();
  private @Nullable Position captured;

  @BeforeAll
  static void create() throws SQLException {
    try (Connection connection = MYSQL.cluster().primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table entry (id bigint)");
    }
  }

  @AfterEach
  void close() {
    pools.close();
  }

  private ReplicationDataSourceBuilder builder(String options) {
    GtidNode primary = MYSQL.cluster().primary();
    return ReplicationDataSource.builder(pools.open(primary.jdbcUrl() + options))
        .replica("r1", pools.open(MYSQL.cluster().replica(0).jdbcUrl() + options));
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void insert(Connection connection, int id) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("insert into entry values (" + id + ")");
    }
  }

  /** Counts what came over this connection alone; the probes have their own. */
  private static long statements(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("show session status like 'Questions'")) {
      rows.next();
      return rows.getLong(2);
    }
  }

  /** Returns how much {@value #COMMITS} transactions sent; each of it is one round trip. */
  private long statementsOfCommits(DataSource db) throws SQLException {
    try (Connection connection = db.getConnection()) {
      connection.setAutoCommit(false);
      long before = statements(connection);
      connection.commit();
      for (int i = 0; i < COMMITS; i++) {
        insert(connection, i);
        connection.commit();
      }
      ConsistencyScope scope = ConsistencyScope.current();
      captured = scope == null ? null : scope.position("db");
      return statements(connection) - before;
    }
  }

  @Test
  void commit_captured_sendsNothingMore() throws SQLException {
    try (ReplicationDataSource db = builder(TRACKING).captureOnCommit(true).build();
        ConsistencyScope ignored = ConsistencyScope.open()) {
      long direct = statementsOfCommits(pools.open(MYSQL.cluster().primary().jdbcUrl()));
      assertThat(direct).isGreaterThan(2 * COMMITS);
      assertThat(statementsOfCommits(db)).isEqualTo(direct);
      assertThat(captured).isInstanceOf(MySqlPosition.class);
    }
  }

  @Test
  void commit_captured_knowsItsPositionAtOnceAndIsReadThere() throws SQLException {
    try (ReplicationDataSource db = builder(TRACKING).captureOnCommit(true).build()) {
      for (int i = 0; i < 50; i++) {
        Bookmark bookmark;
        int id = 1_000_000 + i;
        try (ConsistencyScope scope = ConsistencyScope.open();
            Connection connection = db.getConnection()) {
          Position before = MySqlPosition.parse(MYSQL.cluster().primary().executedGtid());
          connection.setAutoCommit(false);
          insert(connection, id);
          connection.commit();
          Position captured = scope.position(db.name());
          Position after = MySqlPosition.parse(MYSQL.cluster().primary().executedGtid());
          assertThat(captured).isEqualTo(after).isNotEqualTo(before);
          bookmark = scope.exportBookmark();
        }
        try (ConsistencyScope ignored = ConsistencyScope.open(bookmark);
            Connection connection = db.getConnection()) {
          String count = "select count(*) from entry where id = " + id;
          assertThat(one(connection, count)).isEqualTo("1");
        }
      }
    }
  }

  /** What a transaction has read is part of what its session has seen. */
  @Test
  void commit_captured_coversWhatTheTransactionRead() throws SQLException {
    try (ReplicationDataSource db = builder(TRACKING).captureOnCommit(true).build();
        ConsistencyScope scope = ConsistencyScope.open();
        Connection connection = db.getConnection();
        Connection other = MYSQL.cluster().primary().dataSource().getConnection()) {
      connection.setAutoCommit(false);
      insert(connection, 1);
      insert(other, 2);
      Position others = MySqlPosition.parse(MYSQL.cluster().primary().executedGtid());
      connection.commit();
      assertThat(scope.position(db.name())).isNotEqualTo(Position.unresolved());
      assertThat(scope.position(db.name()).covers(others)).isTrue();
    }
  }

  @Test
  void commit_driverTracksNothing_leavesThePositionToASample() throws SQLException {
    try (ReplicationDataSource db = builder("").captureOnCommit(true).build();
        ConsistencyScope scope = ConsistencyScope.open();
        Connection connection = db.getConnection()) {
      connection.setAutoCommit(false);
      insert(connection, 3);
      connection.commit();
      assertThat(scope.position(db.name())).isSameAs(Position.unresolved());
      assertThat(scope.exportBookmark()).isNotEqualTo(Bookmark.empty());
    }
  }
}
