// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/** What the actuator shows of a real cluster. The order matters: the last tests kill servers. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ActuatorIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2));

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static ConfigurableApplicationContext context;

  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    context =
        NoteApplication.start(
            POSTGRES.cluster(),
            "postgres",
            WebApplicationType.SERVLET,
            "toolkit.replication.primary.password=hush-hush",
            "toolkit.replication.primary.username=postgres",
            "toolkit.replication.pool.connection-timeout=1000",
            "toolkit.replication.replicas.r2.weight=2",
            "toolkit.replication.replicas.r2.zone=b");
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://localhost:" + NoteApplication.port(context) + "/actuator" + path));
  }

  private HttpResponse<String> change(String replica, String json)
      throws IOException, InterruptedException {
    return client.send(
        request("/replication/" + replica)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  @Order(1)
  void endpoint_read_isTheStatus() throws Exception {
    String status = get("/replication").body();

    assertThat((String) JsonPath.read(status, "$.source")).isEqualTo("db");
    assertThat((String) JsonPath.read(status, "$.primary")).isEqualTo("primary");
    assertThat((Iterable<?>) JsonPath.read(status, "$.nodes[*].name"))
        .asString()
        .contains("primary", "r1", "r2");
    assertThat((Iterable<?>) JsonPath.read(status, "$.nodes[?(@.name=='r2')].weight"))
        .asString()
        .isEqualTo("[2.0]");
    assertThat((Iterable<?>) JsonPath.read(status, "$.nodes[?(@.name=='r2')].zone"))
        .asString()
        .isEqualTo("[\"b\"]");
  }

  @Test
  @Order(2)
  void endpoint_change_drainsAndWeighs() throws Exception {
    HttpResponse<String> changed = change("r1", "{\"drain\":true,\"weight\":0.5}");

    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat((String) JsonPath.read(changed.body(), "$.state")).isEqualTo("draining");
    assertThat((Double) JsonPath.read(changed.body(), "$.weight")).isEqualTo(0.5);
    assertThat((String) JsonPath.read(change("r1", "{\"drain\":false}").body(), "$.state"))
        .isNotEqualTo("draining");
  }

  @Test
  @Order(3)
  void endpoint_changeOfAnUnknownReplica_saysSo() throws Exception {
    HttpResponse<String> refused = change("r9", "{\"drain\":true}");

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat((String) JsonPath.read(refused.body(), "$.message"))
        .isEqualTo("db has no replica named \"r9\", but [r1, r2]");
  }

  @Test
  @Order(4)
  void secrets_withValuesShown_areHidden() throws Exception {
    assertThat(get("/env").body())
        .contains("toolkit.replication.primary.password")
        .doesNotContain("hush-hush");
    assertThat(get("/configprops").body())
        .contains("toolkit.replication")
        .doesNotContain("hush-hush");
  }

  @Test
  @Order(5)
  void health_ofAllNodes_isUp() throws Exception {
    String health = get("/health").body();

    assertThat((String) JsonPath.read(health, "$.status")).isEqualTo("UP");
    assertThat(statusOf(health, "primary")).isEqualTo("UP");
    assertThat(statusOf(health, "replicas.components.r1")).isEqualTo("UP");
    assertThat((String) JsonPath.read(health, "$.components.db.status")).isEqualTo("UP");
    assertThat((Iterable<?>) JsonPath.read(health, "$..db.components"))
        .as("one data source, not one a pool")
        .isEmpty();
  }

  private static String statusOf(String health, String component) {
    return JsonPath.read(health, "$.components.replication.components." + component + ".status");
  }

  @Test
  @Order(6)
  void health_withAReplicaKilled_staysUpAndShowsIt() throws Exception {
    POSTGRES.cluster().replica(0).kill();

    await()
        .atMost(LIMIT)
        .until(() -> statusOf(get("/health").body(), "replicas.components.r1").equals("SILENT"));
    HttpResponse<String> health = get("/health");
    assertThat(health.statusCode()).isEqualTo(200);
    assertThat((String) JsonPath.read(health.body(), "$.status")).isEqualTo("UP");
    assertThat((String) JsonPath.read(health.body(), "$.components.replication.status"))
        .isEqualTo("UP");
    assertThat(statusOf(health.body(), "replicas.components.r2")).isEqualTo("UP");
  }

  @Test
  @Order(7)
  void health_withThePrimaryKilled_isDownAndReadinessIsNot() throws Exception {
    POSTGRES.cluster().primary().kill();

    await().atMost(LIMIT).until(() -> get("/health/replication").statusCode() == 503);
    assertThat(statusOf(get("/health").body(), "primary")).isEqualTo("DOWN");
    assertThat(get("/health/readiness").statusCode()).isEqualTo(200);
  }
}
