// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.testkit.check.CheckReport;
import io.scalingtoolkit.testkit.check.Judge;
import io.scalingtoolkit.testkit.check.SessionWorkload;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many reads of busy sessions a replica gets whose replay pauses all the time. System property:
 * {@code share.seconds}, 15 for a figure.
 */
@SuppressWarnings("try") // pauses go on while it is open
class ReplicaShareIT {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaShareIT.class);
  private static final int SESSIONS = 64;
  private static final Duration DURATION = Duration.ofSeconds(Long.getLong("share.seconds", 3));

  /** Pauses the replay of a replica for 5 to 45 ms, over and over, as long apart as that. */
  private static final class Pauses implements AutoCloseable {
    private final Connection connection;
    private final Thread thread = new Thread(this::run, "pauses");
    private volatile boolean closed;
    private volatile @Nullable SQLException failure;

    Pauses(PostgresNode node) throws SQLException {
      connection = node.dataSource().getConnection();
      thread.start();
    }

    private void run() {
      SplittableRandom random = new SplittableRandom(1);
      try (Statement statement = connection.createStatement()) {
        while (!closed) {
          statement.execute("select pg_wal_replay_pause()");
          park(random);
          statement.execute("select pg_wal_replay_resume()");
          park(random);
        }
      } catch (SQLException e) {
        failure = e;
      }
    }

    private static void park(SplittableRandom random) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(5, 46)));
    }

    @Override
    public void close() throws SQLException {
      closed = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      connection.close();
      assertThat((Throwable) failure).isNull();
    }
  }

  private record Outcome(CheckReport report, double share) {}

  private static Outcome run(ReadConsistency consistency) throws Exception {
    try (PostgresCluster cluster = PostgresCluster.builder().replicas(1).start();
        Pools pools = new Pools()) {
      SessionWorkload workload =
          SessionWorkload.builder()
              .sessions(SESSIONS)
              .threads(4)
              .writeShare(0.05)
              .duration(DURATION)
              .build();
      SimpleMeterRegistry meters = new SimpleMeterRegistry();
      workload.prepare(cluster.primary().dataSource());
      cluster.awaitCaughtUp();
      try (ReplicationDataSource db =
          ReplicationDataSource.builder(pools.open(cluster.primary().jdbcUrl()))
              .replica("r1", pools.open(cluster.replica(0).jdbcUrl()))
              .probeInterval(Duration.ofMillis(10))
              .consistency(consistency)
              .meterRegistry(meters)
              .build()) {
        CheckReport report;
        try (Pauses ignored = new Pauses(cluster.replica(0))) {
          report = Judge.unbounded().judge(workload.run(new SessionSoak(db, SESSIONS, false)));
        }
        CheckReport.NodeTotals replica = report.nodes().get("port " + cluster.replica(0).port());
        double share = replica == null ? 0 : (double) replica.reads() / report.totals().reads();
        LOG.warn(
            "{}: {} of reads on the replica, by reason {}\n{}{}",
            consistency,
            share,
            reasons(meters),
            report,
            db.status());
        return new Outcome(report, share);
      }
    }
  }

  private static Map<String, Long> reasons(MeterRegistry meters) {
    Map<String, Long> reasons = new TreeMap<>();
    for (FunctionCounter counter : meters.find("toolkit.replication.routes").functionCounters()) {
      if (counter.count() > 0) {
        reasons.put(counter.getId().getTag("reason"), (long) counter.count());
      }
    }
    return reasons;
  }

  @Test
  void reads_replayPauses_areFreshAndMostlyOnTheReplica() throws Exception {
    Outcome outcome = run(ReadConsistency.session());

    assertThat(outcome.report().totalViolations()).as("%s", outcome.report()).isZero();
    // The figure needs a quiet machine; on a busy one the samples themselves come late.
    assertThat(outcome.share()).isGreaterThan(0.1);
  }

  @Test
  void reads_routedNaively_areStale() throws Exception {
    assertThat(run(ReadConsistency.eventual()).report().totalViolations()).isPositive();
  }
}
