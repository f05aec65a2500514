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
import org.jspecify.annotations.Nullable;

/** The servers that {@code -Dacceptance.db} asks for, started once and ended with this JVM. */
final class TestDatabase {
  private static final String KIND = System.getProperty("acceptance.db", "sqlite");

  private static @Nullable PostgresCluster postgres;
  private static @Nullable GtidCluster other;

  private TestDatabase() {}

  /** Environment of an application that gets a new, empty database; empty for SQLite. */
  static synchronized Map<String, String> ofThisRun() {
    return switch (KIND) {
      case "sqlite" -> Map.of();
      case "postgres" -> {
        if (postgres == null) {
          postgres = PostgresCluster.single();
        }
        yield on(postgres);
      }
      case "mariadb", "mysql" -> {
        if (other == null) {
          other = KIND.equals("mysql") ? MySqlCluster.single() : MariaDbCluster.single();
        }
        yield on(KIND, other);
      }
      default ->
          throw new IllegalArgumentException(
              "acceptance.db must be sqlite, postgres, mariadb or mysql, but is '" + KIND + "'");
    };
  }

  static Map<String, String> on(PostgresCluster cluster) {
    return environment("postgres", cluster.primary().jdbcUrl(cluster.createDatabase()));
  }

  static Map<String, String> on(String kind, GtidCluster cluster) {
    return environment(kind, cluster.primary().jdbcUrl(cluster.createDatabase()));
  }

  /** Environment of an application over new databases of one server, each of them a shard. */
  static Map<String, String> shards(String kind, EngineCluster cluster, String... names) {
    Map<String, String> environment = new HashMap<>();
    environment.put("APP_DATABASE_KIND", kind);
    for (int i = 0; i < names.length; i++) {
      environment.put("APP_DATABASE_SHARDS_" + i + "_NAME", names[i]);
      environment.put("APP_DATABASE_SHARDS_" + i + "_PRIMARY_URL", newDatabase(cluster));
    }
    return environment;
  }

  private static String newDatabase(EngineCluster cluster) {
    if (cluster instanceof PostgresCluster server) {
      return server.primary().jdbcUrl(server.createDatabase());
    }
    GtidCluster server = (GtidCluster) cluster;
    return server.primary().jdbcUrl(server.createDatabase());
  }

  private static Map<String, String> environment(String kind, String url) {
    return Map.of("APP_DATABASE_KIND", kind, "APP_DATABASE_URL", url);
  }
}
