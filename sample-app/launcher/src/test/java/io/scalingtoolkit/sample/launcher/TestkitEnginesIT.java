// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The servers of phase 2, before an application uses them. */
final class TestkitEnginesIT {

  @TempDir private Path folder;

  @Test
  void start_withReplicas_tellsTheApplicationWhoIsWho() throws Exception {
    Path log = Files.createDirectory(folder.resolve("logs")).resolve("engine.log");
    Map<String, String> first;
    try (Engines engines = TestkitEngines.start(plan("first"), log)) {
      first = engines.environment();
      assertThat(first)
          .containsKeys(
              "APP_DATABASE_PRIMARY_URL",
              "APP_DATABASE_REPLICAS_0_URL",
              "APP_DATABASE_REPLICAS_1_URL")
          .containsEntry("APP_DATABASE_KIND", "postgres")
          .doesNotContainKey("APP_DATABASE_URL");
      assertThat(ask(first, "PRIMARY", "SELECT pg_is_in_recovery()")).isEqualTo("f");
      assertThat(ask(first, "REPLICAS_0", "SELECT pg_is_in_recovery()")).isEqualTo("t");
      assertThat(ask(first, "REPLICAS_1", "SELECT pg_is_in_recovery()")).isEqualTo("t");
      assertThat(ask(first, "PRIMARY", "SELECT usesuper FROM pg_user WHERE usename = user"))
          .isEqualTo("f");
      assertThat(engines.report().get(0)).contains("PostgreSQL 18", "replicas on");
    }
    try (Engines engines = TestkitEngines.start(plan("second"), log)) {
      Map<String, String> again = engines.environment();
      assertThat(again.get("APP_DATABASE_PASSWORD"))
          .isNotEqualTo(first.get("APP_DATABASE_PASSWORD"));
      assertThat(ask(again, "PRIMARY", "SELECT 1")).isEqualTo("1");
    }
    assertThatThrownBy(() -> ask(first, "PRIMARY", "SELECT 1")).isInstanceOf(SQLException.class);
  }

  private TestkitEngines.Plan plan(String password) {
    return new TestkitEngines.Plan(Database.POSTGRES, 2, folder.resolve("engine"), password);
  }

  private static String ask(Map<String, String> environment, String node, String query)
      throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                environment.get("APP_DATABASE_" + node + "_URL"),
                environment.get("APP_DATABASE_USERNAME"),
                environment.get("APP_DATABASE_PASSWORD"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
