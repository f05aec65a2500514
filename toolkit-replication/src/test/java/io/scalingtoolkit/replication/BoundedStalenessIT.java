// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.check.Faults;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The true age of what replicas return, by the clock of this process: a read is as old as the first
 * commit that it does not show.
 *
 * <p>{@code -Dtoolkit.reads=1000000} reads more, {@code -Dtoolkit.idleSeconds=600} leaves the
 * primary idle for longer.
 */
class BoundedStalenessIT {
  private static final Logger LOG = LoggerFactory.getLogger(BoundedStalenessIT.class);
  private static final long READS = Long.getLong("toolkit.reads", 20_000);
  private static final Duration IDLE = Duration.ofSeconds(Long.getLong("toolkit.idleSeconds", 3));
  private static final Duration BOUND = Duration.ofMillis(200);
  private static final int READERS = 4;
  private static final int MAX_WRITES = 10_000_000;

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES", "MARIADB"})
  void reads_bounded_areNeverOlder(TestCluster.Product product) throws SQLException {
    Ages ages = measure(product, ReadConsistency.bounded(BOUND), READS);

    assertThat(ages.older.get()).as("reads older than the bound").isZero();
    assertThat(ages.onReplicas.get()).isGreaterThan(READS / 10);
  }

  @Test
  void reads_eventual_areOlder() throws SQLException {
    Ages ages = measure(TestCluster.Product.POSTGRES, ReadConsistency.eventual(), 5_000);

    assertThat(ages.older.get()).isPositive();
  }

  private static Ages measure(TestCluster.Product product, ReadConsistency consistency, long reads)
      throws SQLException {
    try (Pools pools = new Pools();
        TestCluster cluster = TestCluster.start(product)) {
      Ages ages = new Ages(cluster.primary().name());
      execute(cluster.direct(), "create table tick (value bigint not null)");
      execute(cluster.direct(), "insert into tick values (0)");
      cluster.awaitCaughtUp();
      try (ReplicationDataSource db = cluster.dataSource(pools).consistency(consistency).build();
          Faults faults = cluster.faults().only(Faults.Kind.PAUSE).start();
          Load writer = Load.start(1, pools.first(), ages::write);
          Load readers = Load.start(READERS, db, ages::read)) {
        Awaitility.await()
            .atMost(30, TimeUnit.MINUTES)
            .until(() -> readers.done() >= reads || !readers.failures().isEmpty());
        assertThat(readers.failures()).isEmpty();
        assertThat(writer.failures()).isEmpty();
        LOG.warn(
            "{} {}: {} reads, {} of them on replicas, oldest {} ms, {} older than {}; {} commits, {} pauses",
            product,
            consistency,
            readers.done(),
            ages.onReplicas,
            TimeUnit.NANOSECONDS.toMillis(ages.oldestNanos.get()),
            ages.older,
            BOUND,
            writer.done(),
            faults.events().size());
      }
      return ages;
    }
  }

  private static void execute(DataSource on, String sql) throws SQLException {
    try (Connection connection = on.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** When each value was committed, and what reads say; thread-safe. */
  private static final class Ages {
    private final String primary;
    // By value, when its commit had returned; 0 before.
    private final AtomicLongArray committed = new AtomicLongArray(MAX_WRITES);
    private final AtomicLong last = new AtomicLong();
    final AtomicLong onReplicas = new AtomicLong();
    final AtomicLong older = new AtomicLong();
    final AtomicLong oldestNanos = new AtomicLong();

    Ages(String primary) {
      this.primary = primary;
    }

    void write(Connection connection) throws SQLException {
      long value = last.incrementAndGet();
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate("update tick set value = " + value);
      }
      committed.set((int) value, System.nanoTime());
    }

    void read(Connection connection) throws SQLException {
      long begun = System.nanoTime();
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("select value from tick")) {
        row.next();
        long value = row.getLong(1);
        if (primary.equals(ReplicationDataSource.nodeOf(connection))) {
          return;
        }
        onReplicas.incrementAndGet();
        long missed = committed.get((int) value + 1);
        if (missed != 0) {
          oldestNanos.accumulateAndGet(begun - missed, Math::max);
          if (begun - missed > BOUND.toNanos()) {
            older.incrementAndGet();
          }
        }
      }
    }
  }

  @Test
  void reads_boundedWhileThePrimaryIsIdle_stayOnReplicas() throws SQLException {
    try (Pools pools = new Pools();
        TestCluster cluster = TestCluster.start(TestCluster.Product.POSTGRES);
        ReplicationDataSource db =
            cluster.dataSource(pools).consistency(ReadConsistency.bounded(BOUND)).build()) {
      execute(db, "create table tick (value bigint not null)");
      cluster.awaitCaughtUp();
      Awaitility.await()
          .until(
              () -> db.status().nodes().stream().allMatch(node -> node.state().equals("in use")));
      Reads reads = new Reads(db, cluster.primary().name());
      Awaitility.await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(10))
          .atMost(IDLE.plusSeconds(30))
          .until(() -> reads.secondsOf(10) >= IDLE.toSeconds());
      LOG.warn(
          "idle for {}: {} reads, {} of them on the primary, {} times; longest time between two {} ms",
          IDLE,
          reads.all,
          reads.primary,
          reads.episodes,
          TimeUnit.NANOSECONDS.toMillis(reads.longestGapNanos));

      // A stop of this whole process makes the last sample old, and a read go to the primary.
      assertThat(reads.primary).isLessThan(reads.all / 20);
      assertThat(db.status().nodes()).allMatch(node -> node.state().equals("in use"));
    }
  }

  /** Reads one after the other, and counts; confined. */
  private static final class Reads {
    private final ReplicationDataSource db;
    private final String primaryName;
    private final long begin = System.nanoTime();
    long all;
    long primary;
    // How often reads left the replicas.
    long episodes;
    private boolean onPrimary;
    long longestGapNanos;
    private long lastNanos = begin;

    Reads(ReplicationDataSource db, String primaryName) {
      this.db = db;
      this.primaryName = primaryName;
    }

    /** Reads so often and returns for how long this has been done. */
    long secondsOf(int reads) throws SQLException {
      for (int i = 0; i < reads; i++) {
        try (Connection connection = db.getConnection();
            Statement statement = connection.createStatement();
            ResultSet rows = statement.executeQuery("select count(*) from tick")) {
          rows.next();
          note(primaryName.equals(ReplicationDataSource.nodeOf(connection)));
        }
      }
      return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
    }

    private void note(boolean wentToPrimary) {
      long now = System.nanoTime();
      longestGapNanos = Math.max(longestGapNanos, now - lastNanos);
      lastNanos = now;
      all++;
      if (wentToPrimary) {
        primary++;
        episodes += onPrimary ? 0 : 1;
      }
      onPrimary = wentToPrimary;
    }
  }
}
