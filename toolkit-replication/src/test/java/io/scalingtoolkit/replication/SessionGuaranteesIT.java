// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.check.CheckReport;
import io.scalingtoolkit.testkit.check.Faults;
import io.scalingtoolkit.testkit.check.History;
import io.scalingtoolkit.testkit.check.Judge;
import io.scalingtoolkit.testkit.check.SessionWorkload;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The four session guarantees while replicas pause, freeze, restart and die and one is promoted.
 *
 * <p>The long run is {@code ./soak replication}. System properties: {@code soak.seconds}, {@code
 * soak.operations}, {@code soak.seed}, and {@code soak.only} with the name of a product.
 */
class SessionGuaranteesIT {
  private static final Logger LOG = LoggerFactory.getLogger(SessionGuaranteesIT.class);
  private static final int SESSIONS = 256;
  private static final Duration DURATION = Duration.ofSeconds(Long.getLong("soak.seconds", 8));
  private static final long SEED = Long.getLong("soak.seed", 1);
  private static final int MAX_OPERATIONS = Integer.getInteger("soak.operations", 20_000_000);
  private static final String ONLY = System.getProperty("soak.only", "");

  @ParameterizedTest
  @CsvSource({"POSTGRES, false", "POSTGRES, true", "MARIADB, false", "MYSQL, true"})
  void guarantees_inSessionMode_areKept(TestCluster.Product product, boolean portable)
      throws Exception {
    CheckReport report = run(product, ReadConsistency.session(), portable);

    assertThat(report.totalViolations()).as("%s", report).isZero();
    assertThat(report.totals().reads()).isGreaterThan(1_000);
  }

  @ParameterizedTest
  @CsvSource({"POSTGRES", "MARIADB"})
  void guarantees_routedNaively_areBroken(TestCluster.Product product) throws Exception {
    CheckReport report = run(product, ReadConsistency.eventual(), false);

    assertThat(report.totalViolations()).as("%s", report).isGreaterThan(100);
  }

  /** A standby that is restarted at once may open for reads before where it was. */
  @Test
  void guarantees_whileStandbysRestartAllTheTime_areKept() throws Exception {
    CheckReport report =
        run(
            TestCluster.Product.POSTGRES,
            ReadConsistency.session(),
            false,
            faults -> faults.only(Faults.Kind.RESTART).gap(Duration.ZERO));

    assertThat(report.totalViolations()).as("%s", report).isZero();
    assertThat(report.totals().reads()).isGreaterThan(1_000);
  }

  private static CheckReport run(
      TestCluster.Product product, ReadConsistency consistency, boolean portable) throws Exception {
    return run(product, consistency, portable, UnaryOperator.identity());
  }

  private static CheckReport run(
      TestCluster.Product product,
      ReadConsistency consistency,
      boolean portable,
      UnaryOperator<Faults.Builder> choice)
      throws Exception {
    assumeTrue(
        ONLY.isEmpty() || ONLY.equalsIgnoreCase(product.name()), "soak.only names another product");
    try (Pools pools = new Pools().ofSize(12);
        TestCluster cluster = TestCluster.start(product)) {
      SessionWorkload workload =
          SessionWorkload.builder()
              .sessions(SESSIONS)
              .threads(4)
              .writeShare(0.05)
              .duration(DURATION)
              .operations(MAX_OPERATIONS)
              .seed(SEED)
              .build();
      workload.prepare(cluster.direct());
      cluster.awaitCaughtUp();
      try (ReplicationDataSource db = cluster.dataSource(pools).consistency(consistency).build()) {
        History history;
        Faults faults = choice.apply(cluster.faults().seed(SEED)).start();
        try (faults) {
          history = workload.run(new SessionSoak(db, SESSIONS, portable));
        }
        CheckReport report =
            Judge.unbounded()
                .judge(
                    history
                        .endingIn(workload.finalVersions(cluster.direct()))
                        .declaringLost(faults.lossWindows()));
        LOG.info("{} portable={} {}\n{}", product, portable, report, db.status());
        LOG.info("{} faults", faults.events().size());
        faults.events().forEach(event -> LOG.info("{}", event));
        return report;
      }
    }
  }
}
