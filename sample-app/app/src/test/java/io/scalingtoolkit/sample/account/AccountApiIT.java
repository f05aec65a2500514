// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.SampleApplication;
import io.scalingtoolkit.sample.platform.audit.AuditLog;
import io.scalingtoolkit.sample.platform.audit.AuditVerdict;
import io.scalingtoolkit.sample.platform.security.KeyRotation;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The account calls of a running application, with what can be seen behind them. */
@ExtendWith(OutputCaptureExtension.class)
class AccountApiIT {

  private static final String PASSWORD = "corner-lamp-7f3a-ünïcode";
  private static final JsonMapper JSON = new JsonMapper();
  private static final AtomicInteger NUMBER = new AtomicInteger();

  @TempDir static Path data;

  private static ConfigurableApplicationContext application;
  private static HttpClient http;

  private record User(String id, String name, String access, String refresh) {}

  @BeforeAll
  static void start() {
    http = HttpClient.newHttpClient();
    application = run();
  }

  @AfterAll
  static void stop() {
    application.close();
  }

  @Test
  void session_afterLogOutAndRestart_staysEnded() throws Exception {
    User ended = user();
    User open = user();
    assertThat(send("DELETE", "/api/sessions/current", ended.access(), null).statusCode())
        .isEqualTo(204);
    assertThat(read(ended).statusCode()).isEqualTo(401);

    application.close();
    application = run();

    assertThat(read(ended).statusCode()).isEqualTo(401);
    assertThat(read(open).statusCode()).isEqualTo(200);
  }

  @Test
  void refresh_spentToken_endsTheSessionAndIsAudited() throws Exception {
    User user = user();
    HttpResponse<String> fresh = refresh(user.refresh());
    assertThat(fresh.statusCode()).isEqualTo(200);

    assertThat(refresh(user.refresh()).statusCode()).isEqualTo(401);

    JsonNode tokens = JSON.readTree(fresh.body());
    assertThat(refresh(tokens.get("refreshToken").asString()).statusCode()).isEqualTo(401);
    assertThat(send("GET", "/api/items", tokens.get("accessToken").asString(), null).statusCode())
        .isEqualTo(401);
    assertThat(actions(user)).endsWith("session.reuse-detected");
  }

  @Test
  void refresh_fiftyAtOnce_exactlyOneWins() throws Exception {
    User user = user();

    List<HttpResponse<String>> answers = atOnce(50, i -> refresh(user.refresh()));

    assertThat(answers.stream().map(HttpResponse::statusCode).filter(s -> s == 200)).hasSize(1);
    assertThat(answers.stream().map(HttpResponse::statusCode).filter(s -> s == 401)).hasSize(49);
  }

  @Test
  void register_fiftyAtOnce_exactlyOneAccount() throws Exception {
    String name = name();

    List<HttpResponse<String>> answers =
        atOnce(50, i -> register(name.toUpperCase(java.util.Locale.ROOT), name + "x" + i));

    assertThat(answers.stream().map(HttpResponse::statusCode).filter(s -> s == 201)).hasSize(1);
    assertThat(answers.stream().map(HttpResponse::statusCode).filter(s -> s == 409)).hasSize(49);
  }

  @Test
  void register_takenNames_areBothNamed() throws Exception {
    User user = user();

    HttpResponse<String> answer = register(user.name(), user.name());

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(JSON.readTree(answer.body()).get("errors"))
        .extracting(error -> error.get("field").asString())
        .containsExactly("email", "username");
  }

  @Test
  void logIn_unknownUserAndWrongPassword_lookTheSame() throws Exception {
    User user = user();

    HttpResponse<String> wrong = logIn(user.name(), "not the password");
    HttpResponse<String> unknown = logIn(name(), "not the password");

    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(unknown.statusCode()).isEqualTo(401);
    assertThat(withoutTrace(wrong)).isEqualTo(withoutTrace(unknown));
    assertThat(wrong.headers().map().keySet()).isEqualTo(unknown.headers().map().keySet());
    assertThat(wrong.headers().firstValue("WWW-Authenticate")).isPresent();
  }

  @Test
  void logIn_manyWrongPasswords_mustWaitAlsoWithTheRightOne() throws Exception {
    User user = user();
    User other = user();
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      statuses.add(logIn(user.name(), "not the password").statusCode());
    }

    HttpResponse<String> right = logIn(user.name(), PASSWORD);

    assertThat(statuses).startsWith(401, 401, 401, 401, 401).contains(429);
    assertThat(right.statusCode()).isEqualTo(429);
    assertThat(Integer.parseInt(right.headers().firstValue("Retry-After").orElseThrow()))
        .isBetween(1, 300);
    assertThat(logIn(other.name(), PASSWORD).statusCode()).isEqualTo(201);
  }

  @Test
  void changePassword_endsEverySession() throws Exception {
    User user = user();
    JsonNode second = JSON.readTree(logIn(user.name(), PASSWORD).body());
    String path = "/api/users/" + user.id() + "/password";
    Map<String, String> body =
        Map.of("currentPassword", PASSWORD, "newPassword", "another-Lamp-7f3a");

    assertThat(
            send("PUT", path, user.access(), Map.of("currentPassword", "x", "newPassword", "y"))
                .statusCode())
        .isEqualTo(422);
    assertThat(send("PUT", path, user.access(), body).statusCode()).isEqualTo(204);

    assertThat(read(user).statusCode()).isEqualTo(401);
    assertThat(refresh(second.get("refreshToken").asString()).statusCode()).isEqualTo(401);
    assertThat(logIn(user.name(), PASSWORD).statusCode()).isEqualTo(401);
    assertThat(logIn(user.name(), "another-Lamp-7f3a").statusCode()).isEqualTo(201);
    assertThat(actions(user)).contains("password.changed");
  }

  @Test
  void delete_leavesOnlyTheReceipt() throws Exception {
    User user = user();
    send("POST", "/api/items", user.access(), Map.of("data", Map.of("note", "mine")));
    String export = send("GET", "/api/users/" + user.id() + "/export", user.access(), null).body();
    assertThat(JSON.readTree(export).propertyNames())
        .contains("user", "sessions", "audit", "items", "avatars");
    assertThat(export).contains("mine", user.name()).doesNotContain("argon2", "_hash", "Hash");

    assertThat(send("DELETE", "/api/users/" + user.id(), user.access(), null).statusCode())
        .isEqualTo(204);

    assertThat(read(user).statusCode()).isEqualTo(401);
    assertThat(refresh(user.refresh()).statusCode()).isEqualTo(401);
    assertThat(logIn(user.name(), PASSWORD).statusCode()).isEqualTo(401);
    assertThat(actions(user)).endsWith("account.exported", "account.deleted");
    assertThat(verdict(user)).isInstanceOf(AuditVerdict.Intact.class);
    assertThat(register(user.name(), user.name()).statusCode()).isEqualTo(201);
  }

  @Test
  void account_ofAnotherUser_isNotThere() throws Exception {
    User owner = user();
    User stranger = user();
    String path = "/api/users/" + owner.id();
    Map<String, String> update = Map.of("email", name() + "@example.org", "username", name());

    for (HttpResponse<String> answer :
        List.of(
            send("GET", path, stranger.access(), null),
            send("PUT", path, stranger.access(), update),
            send("DELETE", path, stranger.access(), null),
            send("GET", path + "/export", stranger.access(), null),
            send(
                "PUT",
                path + "/password",
                stranger.access(),
                Map.of("currentPassword", PASSWORD, "newPassword", "another-Lamp-7f3a")))) {
      assertThat(answer.statusCode()).isEqualTo(404);
    }
    assertThat(read(owner).statusCode()).isEqualTo(200);
  }

  @Test
  void token_onCallsThatNeedNone_isIgnored() throws Exception {
    User user = user();

    HttpResponse<String> refreshed =
        send("POST", "/api/v1/sessions/refresh", "expired", Map.of("refreshToken", user.refresh()));

    assertThat(refreshed.statusCode()).isEqualTo(200);
    assertThat(send("GET", "/.well-known/jwks.json", "expired", null).statusCode()).isEqualTo(200);
    assertThat(send("GET", "/api", user.access(), null).statusCode()).isEqualTo(404);
    assertThat(send("GET", "/api", null, null).statusCode()).isEqualTo(401);
  }

  @Test
  void keys_rotatedWhileRunning_oldTokensStayGood() throws Exception {
    User before = user();

    String kid = KeyRotation.run(new String[] {"--rotate-keys", "--app.data-dir=" + data});

    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(20))
        .until(() -> header(JSON.readTree(logIn(before.name(), PASSWORD).body())).contains(kid));
    assertThat(read(before).statusCode()).isEqualTo(200);
    assertThat(send("GET", "/.well-known/jwks.json", null, null).body()).contains(kid);
  }

  @Test
  void output_neverHasSecretsOrPersonalData(CapturedOutput output) throws Exception {
    User user = user();
    logIn(user.name(), "not-the-password-91c2");
    logIn(user.name(), PASSWORD);
    register(user.name(), user.name());
    send("GET", "/api/users/" + user.id(), user.access() + "x", null);
    refresh(user.refresh());
    refresh(user.refresh());

    assertThat(output.getAll())
        .contains("session.reuse-detected")
        .doesNotContain(
            PASSWORD,
            "not-the-password-91c2",
            user.name(),
            user.access(),
            user.refresh(),
            "argon2");
  }

  private static ConfigurableApplicationContext run() {
    return SpringApplication.run(
        SampleApplication.class,
        "--server.port=0",
        "--app.data-dir=" + data,
        "--app.security.hashing.max-wait=10s");
  }

  private static User user() throws Exception {
    String name = name();
    HttpResponse<String> created = register(name, name);
    assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    JsonNode tokens = JSON.readTree(logIn(name, PASSWORD).body());
    return new User(
        JSON.readTree(created.body()).get("id").asString(),
        name,
        tokens.get("accessToken").asString(),
        tokens.get("refreshToken").asString());
  }

  private static String name() {
    return "user-" + NUMBER.incrementAndGet() + "-7f3a";
  }

  private static HttpResponse<String> register(String mailName, String username) {
    Map<String, String> body =
        Map.of("email", mailName + "@example.org", "username", username, "password", PASSWORD);
    return send("POST", "/api/users", null, body);
  }

  private static HttpResponse<String> logIn(String login, String password) {
    return send("POST", "/api/sessions", null, Map.of("login", login, "password", password));
  }

  private static HttpResponse<String> refresh(String token) {
    return send("POST", "/api/sessions/refresh", null, Map.of("refreshToken", token));
  }

  private static HttpResponse<String> read(User user) {
    return send("GET", "/api/users/" + user.id(), user.access(), null);
  }

  private static List<String> actions(User user) {
    AuditLog log = application.getBean(AuditLog.class);
    return application
        .getBean(Transactions.class)
        .read(user.id(), () -> log.rows(user.id()).stream().map(AuditLog.Row::action).toList());
  }

  private static AuditVerdict verdict(User user) {
    AuditLog log = application.getBean(AuditLog.class);
    return application.getBean(Transactions.class).read(user.id(), () -> log.verify(user.id()));
  }

  private static String header(JsonNode tokens) {
    String first = tokens.get("accessToken").asString().split("\\.")[0];
    return new String(
        java.util.Base64.getUrlDecoder().decode(first), java.nio.charset.StandardCharsets.UTF_8);
  }

  private static String withoutTrace(HttpResponse<String> answer) {
    return answer.body().replaceAll("\"traceId\":\"[0-9a-f]+\"", "");
  }

  private static HttpResponse<String> send(String method, String path, String token, Object body) {
    int port = Integer.parseInt(application.getEnvironment().getProperty("local.server.port"));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private static List<HttpResponse<String>> atOnce(
      int count, IntFunction<HttpResponse<String>> call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<HttpResponse<String>>> running = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        running.add(
            threads.submit(
                () -> {
                  start.await();
                  return call.apply(number);
                }));
      }
      start.countDown();
      List<HttpResponse<String>> answers = new ArrayList<>();
      for (Future<HttpResponse<String>> answer : running) {
        answers.add(answer.get(60, TimeUnit.SECONDS));
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }
}
