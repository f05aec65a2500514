// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import io.scalingtoolkit.sample.platform.sql.DatabaseSettings.Kind;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Each reason for which a server cannot be used is one line that names it. */
final class DatabaseServerIT {

  @RegisterExtension
  static final MariaDbExtension MARIADB = MariaDbExtension.of(MariaDbCluster.builder());

  @TempDir Path folder;

  @Test
  void requireUsable_rightAddress_passesWithAPasswordFromAFile() throws Exception {
    Path file = Files.writeString(folder.resolve("password"), "app\n");

    assertThatCode(() -> server(Kind.MARIADB, url("mariadb", "app"), null, file).requireUsable())
        .doesNotThrowAnyException();
  }

  @Test
  void requireUsable_wrongPassword_saysSoWithoutIt() {
    assertRefused(
        server(Kind.MARIADB, url("mariadb", "app"), "guessed", null),
        "does not accept user and password");
  }

  @Test
  void requireUsable_noSuchDatabase_saysSo() {
    assertRefused(
        server(Kind.MARIADB, url("mariadb", "nowhere"), "app", null), "it does not exist");
  }

  @Test
  void requireUsable_nobodyListens_saysSo() {
    assertRefused(
        server(Kind.POSTGRES, "jdbc:postgresql://127.0.0.1:1/app", "app", null),
        "it cannot be reached");
  }

  @Test
  void requireUsable_serverOfAnotherKind_saysWhichItIs() {
    assertRefused(
        server(Kind.MYSQL, url("mysql", "app").replace("disable", "DISABLED"), "app", null),
        "must be MySQL as app.database.kind says, but is");
  }

  private static void assertRefused(DatabaseServer server, String reason) {
    assertThatThrownBy(server::requireUsable)
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining("app.database")
        .hasMessageNotContainingAny("guessed", "\n");
  }

  private static String url(String scheme, String database) {
    int port = MARIADB.cluster().primary().port();
    return "jdbc:" + scheme + "://127.0.0.1:" + port + "/" + database + "?sslMode=disable";
  }

  private static DatabaseServer server(
      Kind kind, String url, @Nullable String password, @Nullable Path file) {
    return DatabaseServer.of(
        new DatabaseSettings(
            kind,
            url,
            "app",
            password,
            file,
            4,
            10,
            Duration.ofSeconds(3),
            null,
            List.of(),
            List.of()));
  }
}
