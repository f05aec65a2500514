// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What operators and developers see: health, metrics, documents, headers, logs. */
final class OperationsIT {
  private static final Map<String, List<String>> CONTRACT =
      Map.ofEntries(
          Map.entry("/api/users", List.of("post")),
          Map.entry("/api/users/{id}", List.of("get", "put", "delete")),
          Map.entry("/api/users/{id}/password", List.of("put")),
          Map.entry("/api/users/{id}/export", List.of("get")),
          Map.entry("/api/users/{id}/avatar", List.of("put", "delete")),
          Map.entry("/avatars/{name}", List.of("get")),
          Map.entry("/api/sessions", List.of("post")),
          Map.entry("/api/sessions/refresh", List.of("post")),
          Map.entry("/api/sessions/current", List.of("delete")),
          Map.entry("/api/items", List.of("post", "get")),
          Map.entry("/api/items/{id}", List.of("get", "put", "delete")),
          Map.entry("/.well-known/jwks.json", List.of("get")));

  private final RunningApp app = RunningApp.shared();
  private final Api api = app.api();

  @ParameterizedTest
  @ValueSource(
      strings = {"/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness"})
  void health_running_isUpAndTellsNoDetails(String path) {
    Answer answer = api.get(path).send();

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("status")).isEqualTo("UP");
    assertThat(answer.text()).doesNotContain("/tmp", "SQLite", "free", "app.db");
  }

  @Test
  void metrics_prometheus_tellsRequestsByPatternNotById() {
    Account account = api.anyAccount();
    Answer item = api.newItem(account, "{}");

    String metrics = metrics();

    assertThat(metrics).contains("http_server_requests_seconds", "jvm_memory_used_bytes");
    assertThat(metrics).contains("hikaricp_connections");
    assertThat(metrics).doesNotContain(account.id(), item.field("id"), account.email());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/actuator/env", "/actuator/heapdump", "/actuator/beans", "/actuator/configprops",
        "/actuator/loggers", "/actuator/threaddump", "/actuator/shutdown", "/actuator/mappings"
      })
  void actuator_sensitive_isNotThere(String path) {
    api.get(path).send().problem(401, 403, 404);
  }

  @Test
  void actuator_behindAProxy_tellsHealthOnly() {
    Answer proxied =
        api.get("/actuator/prometheus").header("X-Forwarded-For", "203.0.113.9").send();

    proxied.problem(401, 403, 404);
    api.get("/actuator/health").header("X-Forwarded-For", "203.0.113.9").send().withoutInternals();
  }

  @Test
  void openApi_document_holdsEveryCallOfTheContract() {
    Answer document = api.get("/v3/api-docs").send().expect(200);

    JsonNode paths = document.json().path("paths");
    CONTRACT.forEach(
        (path, methods) -> {
          JsonNode found = template(paths, path);
          assertThat(found.propertyNames()).as(path).containsAll(methods);
          methods.forEach(
              method ->
                  assertThat(found.path(method).path("responses").propertyNames())
                      .as(method + " " + path)
                      .isNotEmpty());
        });
    assertThat(document.json().path("openapi").asString()).startsWith("3.");
    JsonNode schemes = document.json().path("components").path("securitySchemes");
    assertThat(schemes.toString()).contains("bearer");
    assertThat(document.text()).doesNotContain("passwordHash", "io.scalingtoolkit");
  }

  @Test
  void openApi_document_tellsTheErrorsOfEachCall() {
    JsonNode paths = api.get("/v3/api-docs").send().expect(200).json().path("paths");

    JsonNode update = template(paths, "/api/items/{id}").path("put").path("responses");
    JsonNode register = template(paths, "/api/users").path("post").path("responses");

    assertThat(update.propertyNames()).contains("200", "401", "404", "412", "422");
    assertThat(register.propertyNames()).contains("201", "400", "409", "422");
  }

  @Test
  void swaggerPage_loads() {
    Answer page = api.get("/swagger-ui.html").send();
    if (page.status() / 100 == 3) {
      page = api.get(page.header("Location")).send();
    }

    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("Content-Type")).startsWith("text/html");
    assertThat(page.text()).contains("swagger-ui");
  }

  @Test
  void frontPage_loads() {
    Answer page = api.get("/").send();

    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("Content-Type")).startsWith("text/html");
    assertThat(page.text()).doesNotContain("http://", "https://cdn");
    assertThat(page.header("Content-Security-Policy")).contains("default-src");
  }

  @Test
  void securityHeaders_onEveryKindOfAnswer() {
    Account account = api.anyAccount();
    List<Answer> answers =
        List.of(
            api.get("/").send(),
            api.get(account.path()).as(account).send(),
            api.get(account.path()).send(),
            api.get("/api/nothing").as(account).send(),
            api.post("/api/sessions", "{").send());

    for (Answer answer : answers) {
      assertThat(answer.header("X-Content-Type-Options")).as(answer.request()).isEqualTo("nosniff");
      assertThat(answer.header("X-Frame-Options")).as(answer.request()).isEqualTo("DENY");
      assertThat(answer.header("Referrer-Policy")).as(answer.request()).isNotBlank();
      assertThat(answer.header("Set-Cookie")).as(answer.request()).isEmpty();
      assertThat(answer.headers().map()).doesNotContainKeys("x-powered-by", "server");
    }
  }

  @Test
  void cors_foreignOrigin_isNotAllowed() {
    Answer preflight =
        api.call("OPTIONS", "/api/items")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization")
            .header("Origin", "https://evil.example")
            .send();

    assertThat(preflight.header("Access-Control-Allow-Origin")).isEmpty();
    assertThat(preflight.header("Access-Control-Allow-Credentials")).isEmpty();
  }

  @Test
  void compression_largeList_isSmallerAndTheSame() throws Exception {
    Account account = api.newAccount();
    api.newItem(account, "{\"s\":\"" + "compress me ".repeat(2_000) + "\"}");
    Answer plain = api.get("/api/items").as(account).send().expect(200);
    assertThat(plain.header("Content-Encoding")).isEmpty();

    Answer packed = api.get("/api/items").as(account).header("Accept-Encoding", "gzip").send();

    assertThat(packed.status()).isEqualTo(200);
    assertThat(packed.header("Content-Encoding")).isEqualTo("gzip");
    assertThat(packed.header("Vary").toLowerCase(Locale.ROOT)).contains("accept-encoding");
    assertThat(packed.body().length).isLessThan(plain.body().length / 4);
    assertThat(unzip(packed.body())).isEqualTo(plain.text());
  }

  @Test
  void compression_largeItem_hasAnEtagThatWorks() {
    Account account = api.anyAccount();
    Answer item = api.newItem(account, "{\"s\":\"" + "compress me ".repeat(2_000) + "\"}");
    String path = "/api/items/" + item.field("id");

    Answer packed = api.get(path).as(account).header("Accept-Encoding", "gzip").send();

    Answer same =
        api.get(path)
            .as(account)
            .header("Accept-Encoding", "gzip")
            .header("If-None-Match", packed.header("ETag"))
            .send();
    same.expect(304);
    api.put(path, Api.item("{}"))
        .as(account)
        .header("If-Match", packed.header("ETag"))
        .send()
        .expect(200);
  }

  @Test
  void compression_smallAnswer_isNotCompressed() {
    Account account = api.anyAccount();

    Answer answer = api.get(account.path()).as(account).header("Accept-Encoding", "gzip").send();

    assertThat(answer.header("Content-Encoding")).isEmpty();
    answer.expect(200);
  }

  @Test
  void logs_ofTheWholeRun_areJsonWithTraceIdsAndWithoutSecrets() throws Exception {
    app.assumeOwned();
    String wrong = Api.unique("wrongsecret-");
    Account account = api.newAccount();
    api.post("/api/sessions", Api.credentials(account.email(), wrong)).send().problem(401);
    api.post("/api/users", Api.registration(account.email(), account.username(), wrong))
        .send()
        .problem(409);
    api.post("/api/users", Api.registration(wrong, "x", wrong)).send().problem(422);
    api.get("/api/items/" + wrong).token(wrong).send().problem(401);
    api.post("/api/sessions/refresh", Json.object("refreshToken", wrong)).send().problem(401);
    api.post("/api/sessions", "{\"login\":\"" + wrong + "\",\"pass").send().problem(400);

    List<String> lines = app.logLines();

    assertThat(lines).isNotEmpty();
    List<String> secrets = new ArrayList<>(Api.secrets());
    secrets.addAll(List.of(wrong, "argon2", "$argon2id$", "Bearer ", "PRIVATE KEY"));
    boolean traced = false;
    for (String line : lines) {
      JsonNode event = Json.parse(line);
      assertThat(event.isObject()).as(line).isTrue();
      traced |= line.contains("traceId") || line.contains("trace_id") || line.contains("trace.id");
      for (String secret : secrets) {
        assertThat(line.contains(secret)).as("a log line holds '%s': %s", secret, line).isFalse();
      }
    }
    assertThat(traced).as("some line carries a trace id").isTrue();
    String errors = app.standardError();
    assertThat(secrets).noneMatch(errors::contains);
  }

  @Test
  void logs_ofRefusedRequests_holdNoStackTraces() throws Exception {
    app.assumeOwned();
    Account account = api.anyAccount();
    int before = app.logLines().size();

    api.get("/api/items/none").as(account).send().problem(404);
    api.post("/api/items", "{").as(account).send().problem(400);
    api.call("PATCH", "/api/items").as(account).send().problem(405);

    List<String> lines = app.logLines();
    assertThat(lines.subList(before, lines.size())).noneMatch(line -> line.contains("\\tat "));
    assertThat(app.standardError()).doesNotContain("\tat ");
  }

  @Test
  void logs_ofTheStart_tellNoErrors() throws Exception {
    app.assumeOwned();

    List<String> lines = app.logLines();

    assertThat(lines.stream().limit(60)).noneMatch(line -> line.contains("\"ERROR\""));
  }

  @Test
  void traceId_whateverTheCallerSends_isThereForSupport() {
    Account account = api.anyAccount();
    for (String parent :
        List.of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "garbage", "00--01")) {
      Answer refused =
          api.get("/api/nothing").as(account).header("traceparent", parent).send().problem(404);

      assertThat(refused.field("traceId")).matches("[0-9a-f]{32}");
    }
  }

  private String metrics() {
    Answer answer = api.get("/actuator/prometheus").send();
    assertThat(answer.status()).isEqualTo(200);
    return answer.text();
  }

  /** Path parameters may be called otherwise than in the contract. */
  private static JsonNode template(JsonNode paths, String path) {
    for (String candidate : paths.propertyNames()) {
      if (candidate.replaceAll("\\{[^}]+}", "{}").equals(path.replaceAll("\\{[^}]+}", "{}"))) {
        return paths.path(candidate);
      }
    }
    throw new AssertionError("no path " + path + " in " + paths.propertyNames());
  }

  private static String unzip(byte[] packed) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
