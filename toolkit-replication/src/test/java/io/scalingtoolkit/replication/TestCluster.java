// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.testkit.check.Faults;
import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.util.List;
import javax.sql.DataSource;

/**
 * A primary with replicas, two unless said otherwise, of one of the three products, and a data
 * source over them.
 */
interface TestCluster extends AutoCloseable {
  /** The products. */
  enum Product {
    POSTGRES,
    MARIADB,
    MYSQL
  }

  static TestCluster start(Product product) {
    return start(product, 2);
  }

  static TestCluster start(Product product, int replicas) {
    return switch (product) {
      case POSTGRES -> new Postgres(PostgresCluster.builder().replicas(replicas).start());
      case MARIADB -> new Gtid(MariaDbCluster.builder().replicas(replicas).start());
      case MYSQL -> new Gtid(MySqlCluster.builder().replicas(replicas).start());
    };
  }

  /** A node as the data source sees it. */
  record Member(String name, String url, String user, String password) {}

  Member primary();

  List<Member> replicas();

  DataSource direct();

  /** The primary, as a user who may do everything in the application's database. */
  DataSource admin();

  Faults.Builder faults();

  void awaitCaughtUp();

  @Override
  void close();

  default ReplicationDataSourceBuilder dataSource(Pools pools) {
    Member first = primary();
    ReplicationDataSourceBuilder builder =
        ReplicationDataSource.builder(pools.open(first.url(), first.user(), first.password()))
            .primaryName(first.name());
    for (Member replica : replicas()) {
      builder.replica(
          replica.name(), pools.open(replica.url(), replica.user(), replica.password()));
    }
    return builder;
  }

  /** PostgreSQL. */
  record Postgres(PostgresCluster cluster) implements TestCluster {
    private static Member member(PostgresNode node) {
      return new Member(node.name(), node.jdbcUrl(), "postgres", "");
    }

    @Override
    public Member primary() {
      return member(cluster.primary());
    }

    @Override
    public List<Member> replicas() {
      return cluster.replicas().stream().map(Postgres::member).toList();
    }

    @Override
    public DataSource direct() {
      return cluster.primary().dataSource();
    }

    @Override
    public DataSource admin() {
      return direct();
    }

    @Override
    public Faults.Builder faults() {
      return Faults.on(cluster);
    }

    @Override
    public void awaitCaughtUp() {
      cluster.awaitCaughtUp();
    }

    @Override
    public void close() {
      cluster.close();
    }
  }

  /** MariaDB or MySQL. */
  record Gtid(GtidCluster cluster) implements TestCluster {
    private static Member member(GtidNode node) {
      return new Member(node.name(), node.jdbcUrl(), "app", "app");
    }

    @Override
    public Member primary() {
      return member(cluster.primary());
    }

    @Override
    public List<Member> replicas() {
      return cluster.replicas().stream().map(Gtid::member).toList();
    }

    @Override
    public DataSource direct() {
      return cluster.primary().dataSource();
    }

    @Override
    public DataSource admin() {
      return cluster.primary().adminDataSource();
    }

    @Override
    public Faults.Builder faults() {
      return Faults.on(cluster);
    }

    @Override
    public void awaitCaughtUp() {
      cluster.awaitCaughtUp();
    }

    @Override
    public void close() {
      cluster.close();
    }
  }
}
