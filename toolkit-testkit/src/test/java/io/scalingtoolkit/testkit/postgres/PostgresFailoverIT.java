// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.EngineException;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The verbs that change roles, each on a cluster of its own. */
class PostgresFailoverIT {
  @RegisterExtension
  final PostgresExtension postgres = PostgresExtension.of(PostgresCluster.builder().replicas(2));

  private PostgresNode first;
  private PostgresNode second;
  private PostgresNode third;

  @BeforeEach
  void createTable() throws SQLException {
    first = postgres.cluster().primary();
    second = postgres.cluster().replica(0);
    third = postgres.cluster().replica(1);
    Queries.execute(first.dataSource(), "create table item (id int primary key)");
    insert(1, 10);
    postgres.cluster().awaitCaughtUp();
  }

  @Test
  void promote_primaryKilled_othersFollowAndTheOldOneRejoins() throws SQLException {
    first.kill();

    second.promote();

    assertThat(postgres.cluster().primary()).isSameAs(second);
    assertThat(postgres.cluster().replicas()).containsExactly(third);
    assertThat(second.isPrimary()).isTrue();
    insert(11, 20);
    third.awaitCaughtUp();
    assertThat(count(third)).isEqualTo(20);

    postgres.cluster().rejoin(first);
    insert(21, 30);
    postgres.cluster().awaitCaughtUp();
    assertThat(postgres.cluster().replicas()).containsExactly(third, first);
    assertThat(first.isPrimary()).isFalse();
    assertThat(count(first)).isEqualTo(30);
  }

  @Test
  void rejoin_primaryDead_isRefusedAndTheNodeKeepsItsData() throws SQLException {
    second.promote();
    second.kill();

    assertThatThrownBy(() -> postgres.cluster().rejoin(first))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("primary must run");

    assertThat(count(first)).isEqualTo(10);
  }

  @Test
  void promote_oldPrimaryAlive_isAWritableOutsiderUntilItRejoins() throws SQLException {
    second.promote();
    Queries.execute(first.dataSource(), "insert into item values (666)");
    insert(11, 11);
    third.awaitCaughtUp();

    assertThat(count(third)).isEqualTo(11);
    assertThat(first.isPrimary()).isTrue();
    postgres.cluster().rejoin(first);
    first.awaitCaughtUp();
    assertThat(count(first)).isEqualTo(11);
  }

  @Test
  void promote_otherReplicasPausedFrozenOrDead_followOnceTheyRun() throws SQLException {
    PostgresNode fourth = postgres.cluster().addReplica();
    PostgresNode fifth = postgres.cluster().addReplica();
    third.freeze();
    fourth.kill();
    fifth.pauseReplay();
    first.kill();

    second.promote();
    third.thaw();
    fourth.restart();
    fifth.resumeReplay();
    insert(11, 20);

    postgres.cluster().awaitCaughtUp();
    assertThat(count(third)).isEqualTo(20);
    assertThat(count(fourth)).isEqualTo(20);
    assertThat(count(fifth)).isEqualTo(20);
  }

  @Test
  void promote_thePrimary_isRefused() {
    assertThatThrownBy(() -> first.promote())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("only a replica can be promoted");
  }

  @Test
  void rejoin_thePrimaryOrAStranger_isRefused() {
    assertThatThrownBy(() -> postgres.cluster().rejoin(first))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not the primary");
    try (PostgresCluster other = PostgresCluster.single()) {
      assertThatThrownBy(() -> postgres.cluster().rejoin(other.primary()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be one of cluster " + postgres.cluster().name());
    }
  }

  private void insert(int from, int to) throws SQLException {
    Queries.execute(
        postgres.cluster().primary().dataSource(),
        "insert into item select generate_series(%d, %d)".formatted(from, to));
  }

  private static long count(PostgresNode node) throws SQLException {
    return Queries.number(node.dataSource(), "select count(*) from item");
  }
}
