// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads that a replica cancels because of what it has to replay, here what VACUUM cleaned away.
 *
 * <p>{@code -Dtoolkit.conflicts=2000} waits for more of them.
 */
class RecoveryConflictIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(
          PostgresCluster.builder().replicas(2).setting("max_standby_streaming_delay", "0"));

  private static final Logger LOG = LoggerFactory.getLogger(RecoveryConflictIT.class);
  private static final long CONFLICTS = Long.getLong("toolkit.conflicts", 20);
  private static final int THREADS = 4;
  private static final String SLOW = "/*@replica*/ select id, pg_sleep(0.001) from entry";

  private final Pools pools = new Pools();
  private final AtomicLong seen = new AtomicLong();
  private ReplicationDataSource db;

  @BeforeEach
  void open() throws SQLException {
    PostgresCluster cluster = POSTGRES.cluster();
    db =
        ReplicationDataSource.builder(pools.open(cluster.primary().jdbcUrl()))
            .replica("r1", pools.open(cluster.replica(0).jdbcUrl()))
            .replica("r2", pools.open(cluster.replica(1).jdbcUrl()))
            .build();
    execute("create table if not exists entry (id int primary key, hits int not null)");
    execute("truncate entry");
    execute("insert into entry select i, 0 from generate_series(1, 16) i");
    cluster.awaitCaughtUp();
  }

  @AfterEach
  void close() {
    db.close();
    pools.close();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Makes versions of rows that old snapshots see, and cleans them away. */
  private static void vacuum(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("update entry set hits = hits + 1");
      statement.execute("vacuum entry");
      statement.execute("select pg_sleep(0.02)");
    }
  }

  private static void readAll(Connection connection, int fetchSize) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(fetchSize);
      try (ResultSet rows = statement.executeQuery(SLOW)) {
        int count = 0;
        while (rows.next()) {
          count++;
        }
        assertThat(count).isEqualTo(16);
      }
    }
  }

  private static long cancelled(PostgresNode node) {
    try (Connection connection = node.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select sum(conflicts) from pg_stat_database")) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void begin(Connection connection) throws SQLException {
    connection.setReadOnly(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setAutoCommit(false);
  }

  @Test
  void reads_inAutocommit_areNotCancelledForTheApplication() {
    try (Load reads = Load.start(THREADS, db, connection -> readAll(connection, 0));
        Load cleaner =
            Load.start(1, POSTGRES.cluster().primary().dataSource(), RecoveryConflictIT::vacuum)) {
      Awaitility.await()
          .atMost(10, TimeUnit.MINUTES)
          .until(() -> db.status().retries() >= CONFLICTS || !reads.failures().isEmpty());

      assertThat(reads.failures()).isEmpty();
      assertThat(cleaner.failures()).isEmpty();
      LOG.warn("{} reads, {} cancelled and run again", reads.done(), db.status().retries());
    }
  }

  @Test
  void transactions_readOnly_getOneTypedErrorEach() {
    try (Load reads = Load.start(THREADS, db, this::transaction);
        Load cleaner =
            Load.start(1, POSTGRES.cluster().primary().dataSource(), RecoveryConflictIT::vacuum)) {
      Awaitility.await()
          .atMost(10, TimeUnit.MINUTES)
          .until(() -> seen.get() >= CONFLICTS || !reads.failures().isEmpty());

      assertThat(reads.failures()).isEmpty();
      assertThat(cleaner.failures()).isEmpty();
      LOG.warn("{} transactions, {} of them cancelled", reads.done(), seen);
    }
  }

  private void transaction(Connection connection) throws SQLException {
    begin(connection);
    try {
      readAll(connection, 4);
      readAll(connection, 0);
      connection.commit();
    } catch (SQLTransactionRollbackException e) {
      assertThat(e.getSQLState()).isEqualTo("40001");
      assertThat(e.getMessage()).contains("run it again");
      seen.incrementAndGet();
      connection.rollback();
    }
  }

  @Test
  void transaction_cancelledWhileTheApplicationThinks_failsOnceAndCanBeRunAgain()
      throws SQLException {
    try (Connection connection = db.getConnection()) {
      begin(connection);
      readAll(connection, 0);
      PostgresNode replica = nodeOf(connection);
      cancelFrom(replica);

      assertThat((Throwable) errorOf(connection))
          .isInstanceOf(SQLTransactionRollbackException.class);
      connection.rollback();
      readAll(connection, 0);
      connection.commit();
    }
  }

  @Test
  void commit_ofATransactionThatWasCancelledAfterItsLastRead_succeeds() throws SQLException {
    try (Connection connection = db.getConnection()) {
      begin(connection);
      readAll(connection, 0);
      cancelFrom(nodeOf(connection));

      connection.commit();
      readAll(connection, 0);
      connection.commit();
    }
  }

  private PostgresNode nodeOf(Connection connection) throws SQLException {
    String name = ReplicationDataSource.nodeOf(connection);
    assertThat(name).isIn("r1", "r2");
    return POSTGRES.cluster().replica("r1".equals(name) ? 0 : 1);
  }

  /** Has the replica cancel whatever has a snapshot now. */
  private static void cancelFrom(PostgresNode replica) throws SQLException {
    long before = cancelled(replica);
    try (Connection connection = POSTGRES.cluster().primary().dataSource().getConnection()) {
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                vacuum(connection);
                return cancelled(replica) > before;
              });
    }
  }

  private static SQLException errorOf(Connection connection) {
    try {
      readAll(connection, 0);
      throw new AssertionError("the transaction was not cancelled");
    } catch (SQLException e) {
      return e;
    }
  }
}
