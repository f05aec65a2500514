// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes of the application over a primary and two replicas: phase 2. */
final class ReplicasIT {
  private static final String BOOKMARK = "Toolkit-Bookmark";

  private static PostgresCluster cluster;
  private static RunningApp first;
  private static RunningApp second;

  @BeforeAll
  static void start(@TempDir Path keys) {
    cluster = PostgresCluster.builder().replicas(2).start();
    String database = cluster.createDatabase();
    Map<String, String> environment = new HashMap<>();
    environment.put("APP_DATABASE_KIND", "postgres");
    environment.put("APP_DATABASE_PRIMARY_URL", cluster.primary().jdbcUrl(database));
    for (int i = 0; i < 2; i++) {
      environment.put("APP_DATABASE_REPLICAS_" + i + "_URL", cluster.replica(i).jdbcUrl(database));
    }
    environment.put("APP_SECURITY_KEYSDIR", keys.toString());
    first = RunningApp.on(environment);
    second = RunningApp.on(environment);
  }

  @AfterAll
  static void stop() {
    first.close();
    second.close();
    cluster.close();
  }

  @Test
  void item_readInAnotherProcessWithTheBookmark_isThereWhileReplicasLag() {
    Account account = first.api().newAccount();
    cluster.awaitCaughtUp();
    cluster.replicas().forEach(PostgresNode::pauseReplay);
    try {
      Answer created = first.api().newItem(account, "{\"n\":1}");
      String path = "/api/items/" + created.field("id");

      assertThat(created.header(BOOKMARK)).isNotEmpty();
      Answer seen =
          second.api().get(path).as(account).header(BOOKMARK, created.header(BOOKMARK)).send();
      seen.expect(200);
      // Without it the session is another one, and the replicas do not have the item.
      second.api().get(path).as(account).send().problem(404);
    } finally {
      cluster.replicas().forEach(PostgresNode::resumeReplay);
    }
  }

  @Test
  void bookmark_forged_isIgnored() {
    Account account = first.api().newAccount();
    cluster.awaitCaughtUp();

    first
        .api()
        .get("/api/items")
        .as(account)
        .header(BOOKMARK, "EQExAQNhcHACcGcNawhYPqjtin4B0Li6Dp1suNOzU1MJ8U_h0j5Ihc0")
        .send()
        .expect(200);
  }

  @Test
  void replica_killed_costsNoRequest() {
    Account account = first.api().newAccount();
    cluster.awaitCaughtUp();
    PostgresNode replica = cluster.replica(0);
    replica.kill();
    try {
      for (int i = 0; i < 200; i++) {
        first.api().get("/api/items").as(account).send().expect(200);
      }
      assertThat(states()).contains("silent");
    } finally {
      replica.restart();
    }
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !states().contains("silent"));
  }

  /** The endpoint shows the nodes; this is what it says of their state. */
  private static String states() {
    Answer status = first.api().get("/actuator/replication").send();
    assertThat(status.status()).isEqualTo(200);
    assertThat(status.json().path("nodes")).hasSize(3);
    assertThat(status.json().path("primary").asString()).isEqualTo("primary");
    return status.json().path("nodes").findValuesAsString("state").toString();
  }
}
