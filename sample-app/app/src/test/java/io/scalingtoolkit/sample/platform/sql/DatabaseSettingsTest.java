// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.sql.DatabaseSettings.Kind;
import io.scalingtoolkit.sample.platform.sql.DatabaseSettings.Node;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DatabaseSettingsTest {

  private static final String POSTGRES = "jdbc:postgresql://db/app";

  @Test
  void create_serverWithUrlOrPrimary_knowsWhereToWrite() {
    assertThat(settings(Kind.POSTGRES, POSTGRES, null, List.of()).writerUrl()).isEqualTo(POSTGRES);
    assertThat(settings(Kind.POSTGRES, null, new Node(POSTGRES), List.of()).writerUrl())
        .isEqualTo(POSTGRES);
  }

  @Test
  void create_addressOfAnotherKind_namesSettingRuleAndValueWithoutOptions() {
    assertThatThrownBy(() -> settings(Kind.MYSQL, POSTGRES + "?password=secret", null, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "app.database.url must begin with jdbc:mysql: for kind mysql, but is '%s'", POSTGRES);
  }

  @Test
  void create_noAddressOrTwo_isRefused() {
    assertThatThrownBy(() -> settings(Kind.POSTGRES, null, null, List.of()))
        .hasMessageContaining("either app.database.url or app.database.primary.url");
    assertThatThrownBy(() -> settings(Kind.POSTGRES, POSTGRES, new Node(POSTGRES), List.of()))
        .hasMessageContaining("either app.database.url or app.database.primary.url");
  }

  @Test
  void create_addressForSqlite_isRefused() {
    assertThatThrownBy(() -> settings(Kind.SQLITE, POSTGRES, null, List.of()))
        .hasMessageContaining("app.database.kind is sqlite");
  }

  @Test
  void create_replicasWithoutAPrimary_areRefused() {
    assertThatThrownBy(
            () -> settings(Kind.POSTGRES, POSTGRES, null, List.of(new Node(POSTGRES + "2"))))
        .hasMessageContaining("app.database.replicas need app.database.primary.url");
  }

  @Test
  void create_replicaOfAnotherKind_isRefused() {
    assertThatThrownBy(
            () ->
                settings(
                    Kind.POSTGRES,
                    null,
                    new Node(POSTGRES),
                    List.of(new Node("jdbc:mysql://127.0.0.1/app"))))
        .hasMessageContaining("app.database.replicas[0].url must begin with jdbc:postgresql:");
  }

  @Test
  void toString_always_leavesThePasswordOut() {
    assertThat(settings(Kind.POSTGRES, POSTGRES, null, List.of()).toString())
        .doesNotContain("secret");
  }

  private static DatabaseSettings settings(
      Kind kind, @Nullable String url, @Nullable Node primary, List<Node> replicas) {
    return new DatabaseSettings(
        kind,
        url,
        "app",
        "secret",
        null,
        4,
        10,
        Duration.ofSeconds(3),
        primary,
        replicas,
        List.of());
  }
}
