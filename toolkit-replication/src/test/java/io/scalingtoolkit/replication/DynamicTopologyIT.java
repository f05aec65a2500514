// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.replication.TestCluster.Member;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replicas that come, go, are drained and weighed while statements run: nothing fails.
 *
 * <p>{@code -Dtoolkit.changes=100} makes more changes, each with a hundred operations.
 */
class DynamicTopologyIT {
  private static final Logger LOG = LoggerFactory.getLogger(DynamicTopologyIT.class);
  private static final int CHANGES = Integer.getInteger("toolkit.changes", 20);
  private static final int OPERATIONS_A_CHANGE = 100;
  private static final int THREADS = 8;
  private static final int ROWS = 64;

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES", "MARIADB"})
  void operations_whileReplicasComeAndGo_allSucceed(TestCluster.Product product)
      throws SQLException, InterruptedException {
    try (Pools pools = new Pools().ofSize(THREADS + 1);
        TestCluster cluster = TestCluster.start(product);
        ReplicationDataSource db = cluster.dataSource(pools).slowStart(Duration.ZERO).build()) {
      prepare(db);
      cluster.awaitCaughtUp();
      Changes changes = new Changes(db, pools, cluster.replicas());
      String slow = product == TestCluster.Product.POSTGRES ? "pg_sleep(0.04)" : "sleep(0.04)";
      try (Load load = Load.start(THREADS, db, connection -> operation(connection, slow))) {
        load.awaitMore(OPERATIONS_A_CHANGE);
        for (int i = 0; i < CHANGES; i++) {
          changes.make(i);
          load.awaitMore(OPERATIONS_A_CHANGE);
        }
        assertThat(load.failures()).isEmpty();
        LOG.warn(
            "{}: {} changes, {} operations, {} retried, longest {} ms",
            product,
            CHANGES,
            load.done(),
            db.status().retries(),
            load.longestMillis());
      }
      assertThat(db.status().decisions()).containsKeys("read", "transaction");
    }
  }

  private static void prepare(ReplicationDataSource db) throws SQLException {
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table entry (id int primary key, hits int not null)");
      for (int id = 0; id < ROWS; id++) {
        statement.execute("insert into entry values (" + id + ", 0)");
      }
    }
  }

  private static void operation(Connection connection, String slow) throws SQLException {
    switch (ThreadLocalRandom.current().nextInt(12)) {
      case 0 -> read(connection, "/*@replica*/ select " + slow + " from entry where id = 1");
      case 1 -> {
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        read(connection, "select count(*) from entry");
        read(connection, "/*@replica*/ select " + slow + " from entry where id = 1");
        read(connection, "select count(*) from entry");
        connection.commit();
      }
      case 2, 3 -> {
        connection.setAutoCommit(false);
        int id = ThreadLocalRandom.current().nextInt(ROWS);
        read(connection, "select count(*) from entry");
        try (Statement statement = connection.createStatement()) {
          statement.executeUpdate("update entry set hits = hits + 1 where id = " + id);
        }
        connection.commit();
      }
      default -> read(connection, "select count(*) from entry");
    }
  }

  private static void read(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
    }
  }

  /** One change after the other, with the second replica coming and going; confined. */
  private static final class Changes {
    private final ReplicationDataSource db;
    private final Pools pools;
    private final String first;
    private final Member second;
    private HikariDataSource pool;

    Changes(ReplicationDataSource db, Pools pools, List<Member> replicas) {
      this.db = db;
      this.pools = pools;
      this.first = replicas.get(0).name();
      this.second = replicas.get(1);
    }

    void make(int number) throws InterruptedException {
      switch (number % 4) {
        case 0 -> remove();
        case 1 -> add(0.5);
        case 2 -> db.drainReplica(first, true);
        default -> {
          db.drainReplica(first, false);
          db.setReplicaWeight(second.name(), 1);
        }
      }
    }

    private void add(double weight) {
      pool = pools.open(second.url(), second.user(), second.password());
      db.addReplica(second.name(), pool, ReplicaOptions.standard().withWeight(weight));
    }

    private void remove() throws InterruptedException {
      assertThat(db.removeReplica(second.name())).as("all was given back").isTrue();
      if (pool != null) {
        pool.close();
      }
    }
  }
}
