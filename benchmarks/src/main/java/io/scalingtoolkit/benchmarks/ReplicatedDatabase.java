// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A primary and two replicas for the application, whatever the product. The application's user owns
 * its database and nothing else. Thread-safe.
 */
final class ReplicatedDatabase implements AutoCloseable {
  static final int REPLICAS = 2;

  /** Database, user and password. */
  private static final String NAME = "app";

  private final Database kind;
  private final EngineCluster cluster;
  private final List<Integer> ports;
  private final List<Replica> replicas;
  private final Runnable awaitCaughtUp;

  private ReplicatedDatabase(
      Database kind,
      EngineCluster cluster,
      List<Integer> ports,
      List<Replica> replicas,
      Runnable awaitCaughtUp) {
    this.kind = kind;
    this.cluster = cluster;
    this.ports = ports;
    this.replicas = replicas;
    this.awaitCaughtUp = awaitCaughtUp;
  }

  /**
   * Starts the servers.
   *
   * @throws BenchmarkException if the product does not run here or does not start
   */
  static ReplicatedDatabase start(Database kind) {
    try {
      return switch (kind) {
        case POSTGRES -> postgres(PostgresCluster.builder().replicas(REPLICAS).start());
        case MARIADB -> gtid(kind, MariaDbCluster.builder().replicas(REPLICAS).start());
        case MYSQL -> gtid(kind, MySqlCluster.builder().replicas(REPLICAS).start());
      };
    } catch (EngineException | SQLException e) {
      throw new BenchmarkException("the database servers did not start: " + e.getMessage(), e);
    }
  }

  /** Settings of the application as environment variables. */
  Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("APP_DATABASE_KIND", kind.name().toLowerCase(Locale.ROOT));
    variables.put("APP_DATABASE_USERNAME", NAME);
    variables.put("APP_DATABASE_PASSWORD", NAME);
    variables.put("APP_DATABASE_PRIMARY_URL", url(ports.get(0)));
    for (int i = 1; i < ports.size(); i++) {
      variables.put("APP_DATABASE_REPLICAS_" + (i - 1) + "_URL", url(ports.get(i)));
    }
    return variables;
  }

  Replica replica(int index) {
    return replicas.get(index);
  }

  /** Waits until all replicas have what the primary has committed. */
  void awaitCaughtUp() {
    awaitCaughtUp.run();
  }

  @Override
  public void close() {
    cluster.close();
  }

  /** What can be done to a replica; each returns when it is done. */
  record Replica(
      Runnable kill,
      Runnable stop,
      Runnable restart,
      Runnable freeze,
      Runnable thaw,
      Runnable pauseReplay,
      Runnable resumeReplay) {}

  private static ReplicatedDatabase postgres(PostgresCluster cluster) throws SQLException {
    try (Connection connection = cluster.primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE ROLE app LOGIN PASSWORD 'app'");
      statement.execute("CREATE DATABASE app OWNER app TEMPLATE template0");
    } catch (SQLException | RuntimeException e) {
      cluster.close();
      throw e;
    }
    List<Integer> ports = new ArrayList<>(List.of(cluster.primary().port()));
    List<Replica> replicas = new ArrayList<>();
    for (PostgresNode node : cluster.replicas()) {
      ports.add(node.port());
      replicas.add(
          new Replica(
              node::kill,
              node::stop,
              node::restart,
              node::freeze,
              node::thaw,
              node::pauseReplay,
              node::resumeReplay));
    }
    cluster.awaitCaughtUp();
    return new ReplicatedDatabase(
        Database.POSTGRES, cluster, ports, replicas, cluster::awaitCaughtUp);
  }

  private static ReplicatedDatabase gtid(Database kind, GtidCluster cluster) {
    List<Integer> ports = new ArrayList<>(List.of(cluster.primary().port()));
    List<Replica> replicas = new ArrayList<>();
    for (GtidNode node : cluster.replicas()) {
      ports.add(node.port());
      replicas.add(
          new Replica(
              node::kill,
              node::stop,
              node::restart,
              node::freeze,
              node::thaw,
              node::pauseReplay,
              node::resumeReplay));
    }
    return new ReplicatedDatabase(kind, cluster, ports, replicas, cluster::awaitCaughtUp);
  }

  private String url(int port) {
    String address = "127.0.0.1:" + port + "/" + NAME;
    return switch (kind) {
      case POSTGRES -> "jdbc:postgresql://" + address + "?sslmode=disable";
      case MARIADB -> "jdbc:mariadb://" + address + "?sslMode=disable";
      case MYSQL -> "jdbc:mysql://" + address + "?sslMode=DISABLED&allowPublicKeyRetrieval=true";
    };
  }
}
