// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbExtension;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Through our data source, random sequences of JDBC calls give the values and errors that they give
 * on a plain pool. {@code -Dtoolkit.fidelity.scripts=} runs more of them, {@code
 * -Dtoolkit.fidelity.seed=} others.
 */
class FidelityIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  @RegisterExtension
  static final MariaDbExtension MARIADB = MariaDbExtension.of(MariaDbCluster.builder().replicas(1));

  private static final int SCRIPTS = Integer.getInteger("toolkit.fidelity.scripts", 150);
  private static final long SEED = Long.getLong("toolkit.fidelity.seed", 1);

  @Test
  void scripts_onPostgres_giveWhatThePoolGives() throws Exception {
    PostgresCluster cluster = POSTGRES.cluster();
    try (Comparison comparison = new Comparison()) {
      String alone = cluster.createDatabase();
      String replicated = cluster.createDatabase();
      comparison.plain(cluster.primary().jdbcUrl());
      comparison.ours(cluster.primary().jdbcUrl(alone), null);
      cluster.awaitCaughtUp();
      comparison.ours(
          cluster.primary().jdbcUrl(replicated), cluster.replica(0).jdbcUrl(replicated));
      comparison.run("create table t (id serial primary key, name text)", SEED, SCRIPTS);

      assertThat(comparison.differences()).isEmpty();
      assertThat(comparison.steps()).isGreaterThan(SCRIPTS);
    }
  }

  @Test
  void scripts_onMariaDb_giveWhatThePoolGives() throws Exception {
    MariaDbCluster cluster = MARIADB.cluster();
    try (Connection connection = cluster.primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create database alone");
      statement.execute("create database replicated");
    }
    cluster.awaitCaughtUp();
    try (Comparison comparison = new Comparison()) {
      comparison.plain(cluster.primary().jdbcUrl());
      comparison.ours(cluster.primary().jdbcUrl("alone"), null);
      comparison.ours(
          cluster.primary().jdbcUrl("replicated"), cluster.replica(0).jdbcUrl("replicated"));
      comparison.run(
          "create table t (id int primary key auto_increment, name text)", SEED, SCRIPTS);

      assertThat(comparison.differences()).isEmpty();
      assertThat(comparison.steps()).isGreaterThan(SCRIPTS);
    }
  }
}
