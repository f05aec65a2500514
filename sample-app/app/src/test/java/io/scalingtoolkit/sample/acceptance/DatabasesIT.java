// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;

/** The application on each database server. */
final class DatabasesIT {

  @Nested
  final class OnPostgres extends DatabaseContract {
    @Override
    Optional<String> unavailable() {
      return Optional.empty();
    }

    @Override
    EngineCluster engine() {
      return PostgresCluster.single();
    }

    @Override
    Map<String, String> database(EngineCluster running) {
      return TestDatabase.on((PostgresCluster) running);
    }
  }

  @Nested
  final class OnPostgresShards extends DatabaseContract {
    @Override
    Optional<String> unavailable() {
      return Optional.empty();
    }

    @Override
    EngineCluster engine() {
      return PostgresCluster.single();
    }

    @Override
    Map<String, String> database(EngineCluster running) {
      return TestDatabase.shards("postgres", running, "s1", "s2");
    }
  }

  @Nested
  final class OnMariaDbShards extends DatabaseContract {
    @Override
    Optional<String> unavailable() {
      return MariaDbCluster.unavailable();
    }

    @Override
    EngineCluster engine() {
      return MariaDbCluster.single();
    }

    @Override
    Map<String, String> database(EngineCluster running) {
      return TestDatabase.shards("mariadb", running, "s1", "s2");
    }
  }

  @Nested
  final class OnMariaDb extends DatabaseContract {
    @Override
    Optional<String> unavailable() {
      return MariaDbCluster.unavailable();
    }

    @Override
    EngineCluster engine() {
      return MariaDbCluster.single();
    }

    @Override
    Map<String, String> database(EngineCluster running) {
      return TestDatabase.on("mariadb", (GtidCluster) running);
    }
  }

  @Nested
  final class OnMySql extends DatabaseContract {
    @Override
    Optional<String> unavailable() {
      return MySqlCluster.unavailable();
    }

    @Override
    EngineCluster engine() {
      return MySqlCluster.single();
    }

    @Override
    Map<String, String> database(EngineCluster running) {
      return TestDatabase.on("mysql", (GtidCluster) running);
    }
  }
}
