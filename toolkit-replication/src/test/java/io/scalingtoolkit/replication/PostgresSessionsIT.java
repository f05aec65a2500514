// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.check.CheckReport;
import io.scalingtoolkit.testkit.check.Faults;
import io.scalingtoolkit.testkit.check.History;
import io.scalingtoolkit.testkit.check.Judge;
import io.scalingtoolkit.testkit.check.SessionWorkload;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class PostgresSessionsIT {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSessionsIT.class);
  private static final int SESSIONS = 256;
  private static final Duration DURATION = Duration.ofSeconds(Long.getLong("soak.seconds", 20));
  private static final long SEED = Long.getLong("soak.seed", 1);

  @ParameterizedTest
  @CsvSource({"session, false", "session, true", "eventual, false"})
  void guarantees_underFaults_areKeptInSessionModeOnly(String mode, boolean portable)
      throws Exception {
    ReadConsistency consistency =
        mode.equals("session") ? ReadConsistency.session() : ReadConsistency.eventual();
    try (Pools pools = new Pools().ofSize(12);
        PostgresCluster cluster = PostgresCluster.builder().replicas(2).start()) {
      ReplicationDataSourceBuilder builder =
          ReplicationDataSource.builder(pools.open(cluster.primary().jdbcUrl()))
              .primaryName(cluster.primary().name())
              .consistency(consistency);
      for (PostgresNode replica : cluster.replicas()) {
        builder.replica(replica.name(), pools.open(replica.jdbcUrl()));
      }
      SessionWorkload workload =
          SessionWorkload.builder()
              .sessions(SESSIONS)
              .threads(4)
              .writeShare(0.05)
              .duration(DURATION)
              .operations(20_000_000)
              .seed(SEED)
              .build();
      workload.prepare(cluster.primary().dataSource());
      cluster.awaitCaughtUp();
      try (ReplicationDataSource db = builder.build()) {
        History history;
        Faults faults = Faults.on(cluster).seed(SEED).start();
        try (faults) {
          history = workload.run(new SessionSoak(db, SESSIONS, portable));
        }
        CheckReport report =
            Judge.unbounded()
                .judge(
                    history
                        .endingIn(workload.finalVersions(cluster.primary().dataSource()))
                        .declaringLost(faults.lossWindows()));
        LOG.warn("{} portable={}\n{}\n{}", mode, portable, report, db.status());
        faults.events().forEach(event -> LOG.info("{}", event));

        if (mode.equals("session")) {
          assertThat(report.totalViolations()).as("%s", report).isZero();
        } else {
          assertThat(report.totalViolations()).as("%s", report).isGreaterThanOrEqualTo(1);
        }
      }
    }
  }
}
