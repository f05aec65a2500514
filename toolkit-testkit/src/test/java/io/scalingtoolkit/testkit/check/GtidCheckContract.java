// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.check.Faults.Kind;
import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** The checker and the faults on the products with GTIDs. */
abstract class GtidCheckContract {
  abstract GtidCluster cluster();

  @Test
  void judge_randomReplicaAndPauses_isFound() throws Exception {
    CheckReport report = check(true, Duration.ofSeconds(2), Kind.PAUSE);

    assertThat(report.violations().get(Guarantee.READ_YOUR_WRITES)).as("%s", report).isPositive();
    assertThat(report.violations().get(Guarantee.MONOTONIC_READS)).as("%s", report).isPositive();
    assertThat(report.violations())
        .containsEntry(Guarantee.NO_LOST_WRITES, 0L)
        .containsEntry(Guarantee.NO_INVENTED_VERSIONS, 0L);
    assertThat(report.nodes()).hasSize(3).containsKey("port " + cluster().replica(0).port());
  }

  @Test
  void judge_everythingOnThePrimaryAndAllFaults_isCleanAndTheClusterIsHealed() throws Exception {
    CheckReport report = check(false, Duration.ofSeconds(4), Kind.values());

    assertThat(report.isClean()).as("%s", report).isTrue();
    cluster().awaitCaughtUp();
    assertThat(cluster().replicas()).hasSize(2).allMatch(GtidNode::isAlive);
  }

  private CheckReport check(boolean onReplicas, Duration duration, Kind... kinds) throws Exception {
    SessionWorkload workload =
        SessionWorkload.builder()
            .sessions(16)
            .threads(4)
            .keys(32)
            .writeShare(0.3)
            .sharedSessions()
            .duration(duration)
            .build();
    workload.prepare(cluster().primary().dataSource());
    cluster().awaitCaughtUp();
    History history;
    Faults faults =
        Faults.on(cluster())
            .only(kinds[0], kinds)
            .longest(Duration.ofMillis(500))
            .gap(Duration.ofMillis(100))
            .seed(1)
            .start();
    try (faults;
        Driver driver = new Driver(onReplicas)) {
      history = workload.run(driver);
    }
    return Judge.unbounded()
        .judge(
            history
                .endingIn(workload.finalVersions(cluster().primary().dataSource()))
                .declaringLost(faults.lossWindows()));
  }

  /** Reads from any replica, or everything from the primary, over one connection a thread. */
  private final class Driver implements SessionDriver, AutoCloseable {
    private final boolean onReplicas;
    private final Queue<Connection> opened = new ConcurrentLinkedQueue<>();
    private final ThreadLocal<Map<GtidNode, Connection>> connections =
        ThreadLocal.withInitial(HashMap::new);

    Driver(boolean onReplicas) {
      this.onReplicas = onReplicas;
    }

    @Override
    public void run(int session, Access access, Work work) throws SQLException {
      GtidNode node = cluster().primary();
      if (onReplicas && access == Access.READ) {
        List<GtidNode> replicas = cluster().replicas();
        node = replicas.get(ThreadLocalRandom.current().nextInt(replicas.size()));
      }
      try {
        work.run(connection(node));
      } catch (SQLException e) {
        Connection broken = connections.get().remove(node);
        if (broken != null) {
          broken.close();
        }
        throw e;
      }
    }

    private Connection connection(GtidNode node) throws SQLException {
      Connection connection = connections.get().get(node);
      if (connection == null) {
        connection = node.dataSource().getConnection();
        connections.get().put(node, connection);
        opened.add(connection);
      }
      return connection;
    }

    @Override
    public void close() throws SQLException {
      for (Connection connection : opened) {
        connection.close();
      }
    }
  }
}
