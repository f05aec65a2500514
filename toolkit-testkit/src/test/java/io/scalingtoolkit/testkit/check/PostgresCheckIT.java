// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.check.Faults.Kind;
import io.scalingtoolkit.testkit.check.SessionDriver.Access;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checker finds broken routers on real PostgreSQL, and nothing in the right one. */
class PostgresCheckIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2));

  private static final int SESSIONS = 16;

  private final PostgresCluster cluster = POSTGRES.cluster();
  private List<Faults.Event> events = List.of();

  /**
   * Few sessions do many operations each while a replica is paused. Those that forget what they
   * read must also write little, or what they wrote keeps them off the paused replica.
   */
  @ParameterizedTest
  @CsvSource({
    "NAIVE, 0.3, 6, 1000",
    "UNSTUCK_BY_THE_FIRST, 0.3, 4, 1",
    "READS_FORGOTTEN, 0.05, 4, 1"
  })
  void judge_brokenRouterAndPauses_isFound(
      Mutant mutant, double writeShare, long seconds, long least) throws Exception {
    SessionWorkload workload = workload(writeShare, seconds);

    CheckReport report = check(workload, mutant, faults(800, Kind.PAUSE));

    assertThat(report.totalViolations()).as("%s", report).isGreaterThanOrEqualTo(least);
    assertThat(report.violations())
        .containsEntry(Guarantee.NO_LOST_WRITES, 0L)
        .containsEntry(Guarantee.NO_INVENTED_VERSIONS, 0L);
  }

  /** A pause that falls between the position and the commit is rare, so it is made to. */
  @ParameterizedTest
  @CsvSource({"TOKEN_BEFORE_COMMIT, false", "NONE, true"})
  void judge_pauseBeforeEachCommit_findsTheTokenFromBefore(Mutant mutant, boolean clean)
      throws Exception {
    SessionWorkload workload =
        SessionWorkload.builder().sessions(1).threads(1).keys(1).operations(40).build();
    workload.prepare(cluster.primary().dataSource());
    cluster.awaitCaughtUp();
    History history;
    try (PostgresDriver driver = new PostgresDriver(cluster, mutant, 1)) {
      history =
          workload.run(
              (session, access, work) -> {
                if (access == Access.READ) {
                  driver.run(session, access, work);
                  cluster.replicas().forEach(PostgresNode::resumeReplay);
                  return;
                }
                driver.run(
                    session,
                    access,
                    connection -> {
                      work.run(connection);
                      cluster.replicas().forEach(PostgresNode::pauseReplay);
                    });
              });
    } finally {
      cluster.replicas().forEach(PostgresNode::resumeReplay);
    }
    CheckReport report = Judge.unbounded().judge(history);

    assertThat(report.isClean()).as("%s", report).isEqualTo(clean);
    assertThat(report.checks().get(Guarantee.READ_YOUR_WRITES)).isPositive();
    assertThat(report.violations().get(Guarantee.READ_YOUR_WRITES) > 0).isEqualTo(!clean);
  }

  @ParameterizedTest
  @CsvSource({"0.3, 250", "0.05, 800"})
  void judge_rightRouterAndPauses_isClean(double writeShare, long longestMillis) throws Exception {
    SessionWorkload workload = workload(writeShare, 4);

    CheckReport report =
        check(workload, Mutant.NONE, faults(longestMillis, Kind.PAUSE, Kind.RESTART));

    assertThat(report.isClean()).as("%s", report).isTrue();
    assertThat(report.checks().values()).as("%s", report).allMatch(count -> count > 0);
  }

  @Test
  void judge_rightRouterAndAllFaults_isClean() throws Exception {
    SessionWorkload workload = workload(0.2, 6);

    CheckReport report = check(workload, Mutant.NONE, faults(300, Kind.values()));

    assertThat(report.isClean()).as("%s", report).isTrue();
    assertThat(events).as("a promotion among the faults").anyMatch(e -> e.kind() == Kind.PROMOTE);
    cluster.awaitCaughtUp();
    assertThat(cluster.replicas()).hasSize(2).allMatch(PostgresNode::isAlive);
  }

  @Test
  void run_everythingOnThePrimary_isClean() throws Exception {
    // snippet:check
    SessionWorkload workload =
        SessionWorkload.builder().sessions(64).duration(Duration.ofSeconds(1)).build();
    DataSource primary = cluster.primary().dataSource();
    workload.prepare(primary);
    cluster.awaitCaughtUp();
    History history;
    Faults faults = Faults.on(cluster).only(Kind.PAUSE, Kind.RESTART).seed(7).start();
    try (faults) {
      history =
          workload.run(
              (session, access, work) -> { // resume the session here, and keep its bookmark
                try (Connection connection = primary.getConnection()) {
                  work.run(connection);
                }
              });
    }
    History ended =
        history.endingIn(workload.finalVersions(primary)).declaringLost(faults.lossWindows());
    CheckReport report = Judge.bounded(Duration.ZERO).judge(ended);
    assertThat(report.isClean()).as("%s", report).isTrue();
    // end
  }

  private Faults.Builder faults(long longestMillis, Kind... kinds) {
    return Faults.on(cluster)
        .only(kinds[0], kinds)
        .longest(Duration.ofMillis(longestMillis))
        .gap(Duration.ofMillis(50))
        .seed(1);
  }

  private static SessionWorkload workload(double writeShare, long seconds) {
    return SessionWorkload.builder()
        .sessions(SESSIONS)
        .threads(8)
        .keys(2 * SESSIONS)
        .writeShare(writeShare)
        .duration(Duration.ofSeconds(seconds))
        .build();
  }

  private CheckReport check(SessionWorkload workload, Mutant mutant, Faults.Builder builder)
      throws Exception {
    workload.prepare(cluster.primary().dataSource());
    cluster.awaitCaughtUp();
    History history;
    Faults faults = builder.start();
    try (faults;
        PostgresDriver driver = new PostgresDriver(cluster, mutant, SESSIONS)) {
      history = workload.run(driver);
    }
    events = faults.events();
    int[] versions = workload.finalVersions(cluster.primary().dataSource());
    return Judge.unbounded().judge(history.endingIn(versions).declaringLost(faults.lossWindows()));
  }
}
