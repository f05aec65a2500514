// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The verbs that change roles, each on a cluster of its own. */
abstract class GtidFailoverContract {
  private GtidCluster cluster;
  private GtidNode first;
  private GtidNode second;
  private GtidNode third;

  /** Returns the extension of the test: a primary and two replicas. */
  abstract GtidExtension<? extends GtidCluster> engine();

  @BeforeEach
  void createTable() throws SQLException {
    cluster = engine().cluster();
    first = cluster.primary();
    second = cluster.replica(0);
    third = cluster.replica(1);
    Queries.execute(first.dataSource(), "create table item (id int primary key)");
    insert(1, 10);
    cluster.awaitCaughtUp();
  }

  @Test
  void rejoin_primaryDead_isRefusedAndTheNodeStaysAsItWas() throws SQLException {
    second.promote();
    second.kill();

    assertThatThrownBy(() -> cluster.rejoin(first))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("primary must run");

    assertThat(first.isPrimary()).isTrue();
    assertThat(count(first)).isEqualTo(10);
  }

  @Test
  void promote_primaryKilled_othersFollowAndTheOldOneRejoins() throws SQLException {
    first.kill();

    second.promote();

    assertThat(cluster.primary()).isSameAs(second);
    assertThat(cluster.replicas()).containsExactly(third);
    assertThat(second.isPrimary()).isTrue();
    insert(11, 20);
    third.awaitCaughtUp();
    assertThat(count(third)).isEqualTo(20);

    cluster.rejoin(first);
    insert(21, 30);
    cluster.awaitCaughtUp();
    assertThat(cluster.replicas()).containsExactly(third, first);
    assertThat(first.isPrimary()).isFalse();
    assertThat(count(first)).isEqualTo(30);

    first.promote();
    insert(31, 40);
    cluster.awaitCaughtUp();
    assertThat(cluster.replicas()).containsExactly(third);
    assertThat(count(third)).isEqualTo(40);
  }

  @Test
  void promote_oldPrimaryAlive_isAWritableOutsiderUntilItRejoins() throws SQLException {
    second.promote();
    Queries.execute(first.dataSource(), "insert into item values (666)");
    insert(11, 11);
    third.awaitCaughtUp();

    assertThat(count(third)).isEqualTo(11);
    assertThat(first.isPrimary()).isTrue();
    first.restart();
    assertThat(first.isPrimary()).isTrue();
    assertThat(count(first)).isEqualTo(11);

    cluster.rejoin(first);

    first.awaitCaughtUp();
    assertThat(count(first)).isEqualTo(11);
    assertThat(Queries.number(first.dataSource(), "select max(id) from item")).isEqualTo(11);
    insert(12, 12);
    first.awaitCaughtUp();
    assertThat(count(first)).isEqualTo(12);
  }

  @Test
  void promote_pausedReplica_firstReplaysWhatItHasReceived() throws SQLException {
    second.pauseReplay();
    insert(11, 20);
    third.awaitCaughtUp();
    awaitReceivedAsThird();
    first.kill();

    second.promote();

    assertThat(count(second)).isEqualTo(20);
    insert(21, 21);
    third.awaitCaughtUp();
    assertThat(count(third)).isEqualTo(21);
  }

  @Test
  void promote_otherReplicasPausedFrozenOrDead_followOnceTheyRun() throws SQLException {
    GtidNode fourth = cluster.addReplica();
    third.freeze();
    fourth.kill();
    first.freeze();

    second.promote();
    insert(11, 20);
    third.thaw();
    fourth.restart();
    third.pauseReplay();
    insert(21, 22);
    third.resumeReplay();

    cluster.awaitCaughtUp();
    assertThat(count(third)).isEqualTo(22);
    assertThat(count(fourth)).isEqualTo(22);
    first.thaw();
    cluster.rejoin(first);
    first.awaitCaughtUp();
    assertThat(count(first)).isEqualTo(22);
  }

  @Test
  void promote_replicaThatIsBehindAnother_theOtherLosesWhatOnlyItHas() throws SQLException {
    second.kill();
    insert(11, 20);
    third.awaitCaughtUp();
    first.kill();
    second.restart();

    second.promote();
    assertThat(count(second)).isEqualTo(10);
    insert(31, 31);
    third.awaitCaughtUp();

    assertThat(count(third)).isEqualTo(11);
  }

  @Test
  void restart_replicaThatMissedAPromotionAndFindsThePrimaryDead_followsOnceItIsBack()
      throws SQLException {
    third.kill();
    first.kill();
    second.promote();
    second.kill();
    third.restart();

    second.restart();
    insert(11, 12);
    third.awaitCaughtUp();

    assertThat(count(third)).isEqualTo(12);
  }

  @Test
  void addReplica_whileThePrimaryIsWritten_hasEveryRow() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger last = new AtomicInteger(10);
    Thread writer =
        new Thread(
            () -> {
              while (!enough.get()) {
                try {
                  insert(last.get() + 1, last.get() + 5);
                  last.addAndGet(5);
                } catch (SQLException e) {
                  throw new IllegalStateException("a write failed beside addReplica", e);
                }
              }
            });
    writer.start();

    GtidNode added = cluster.addReplica();
    enough.set(true);
    writer.join();

    added.awaitCaughtUp();
    assertThat(count(added)).isEqualTo(last.get());
    assertThat(added.executedGtid()).isEqualTo(first.executedGtid());
    assertThat(cluster.replicas()).containsExactly(second, third, added);
  }

  private void awaitReceivedAsThird() {
    Deadline.in(Duration.ofSeconds(20))
        .await(
            "both replicas have received the same",
            () -> second.receivedGtid().equals(third.receivedGtid()));
  }

  private void insert(int from, int to) throws SQLException {
    StringBuilder rows = new StringBuilder("insert into item values ");
    for (int id = from; id <= to; id++) {
      rows.append(id == from ? "(" : ",(").append(id).append(')');
    }
    Queries.execute(cluster.primary().dataSource(), rows.toString());
  }

  private static long count(GtidNode node) throws SQLException {
    return Queries.number(node.dataSource(), "select count(*) from item");
  }
}
