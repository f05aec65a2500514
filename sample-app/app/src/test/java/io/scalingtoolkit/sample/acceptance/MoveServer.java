// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.util.HashMap;
import java.util.Map;

/**
 * A server and its replica, to which users move; {@code -Dacceptance.move.db=} mariadb or mysql has
 * them move to another product than PostgreSQL. Confined.
 */
final class MoveServer implements AutoCloseable {
  private static final String KIND = System.getProperty("acceptance.move.db", "postgres");

  private final EngineCluster cluster;

  private MoveServer(EngineCluster cluster) {
    this.cluster = cluster;
  }

  static MoveServer start() {
    return new MoveServer(
        switch (KIND) {
          case "postgres" -> PostgresCluster.builder().replicas(1).start();
          case "mariadb" -> MariaDbCluster.builder().replicas(1).start();
          case "mysql" -> MySqlCluster.builder().replicas(1).start();
          default ->
              throw new IllegalArgumentException(
                  "acceptance.move.db must be postgres, mariadb or mysql, but is '" + KIND + "'");
        });
  }

  /** Environment of an application on a new, empty database. */
  Map<String, String> newDatabase() {
    Map<String, String> environment = new HashMap<>();
    environment.put("APP_DATABASE_KIND", KIND);
    if (cluster instanceof PostgresCluster postgres) {
      String database = postgres.createDatabase();
      environment.put("APP_DATABASE_PRIMARY_URL", postgres.primary().jdbcUrl(database));
      environment.put("APP_DATABASE_REPLICAS_0_URL", postgres.replica(0).jdbcUrl(database));
    } else {
      GtidCluster other = (GtidCluster) cluster;
      String database = other.createDatabase();
      environment.put("APP_DATABASE_PRIMARY_URL", other.primary().jdbcUrl(database));
      environment.put("APP_DATABASE_REPLICAS_0_URL", other.replica(0).jdbcUrl(database));
    }
    return environment;
  }

  /** Lets the replica fall behind from here on; what was made before is there. */
  void pauseReplica() {
    if (cluster instanceof PostgresCluster postgres) {
      postgres.awaitCaughtUp();
      postgres.replica(0).pauseReplay();
    } else {
      GtidCluster other = (GtidCluster) cluster;
      other.awaitCaughtUp();
      other.replica(0).pauseReplay();
    }
  }

  /** Lets the replica catch up. */
  void resumeReplica() {
    if (cluster instanceof PostgresCluster postgres) {
      postgres.replica(0).resumeReplay();
    } else {
      ((GtidCluster) cluster).replica(0).resumeReplay();
    }
  }

  @Override
  public void close() {
    cluster.close();
  }
}
