// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading, changing, exporting and deleting an account. */
final class AccountIT {
  private final Api api = RunningApp.shared().api();

  @Test
  void update_preconditions_areKept() {
    Account account = api.newAccount();
    String etag = api.get(account.path()).as(account).send().etag();
    String body = account.update();

    for (String stale : List.of("\"stale\"", "W/" + etag, "\"\"", "\"a\", \"b\"")) {
      api.put(account.path(), body).as(account).header("If-Match", stale).send().problem(412);
      api.delete(account.path()).as(account).header("If-Match", stale).send().problem(412);
    }
    for (String garbage : List.of("stale", "\"open", "*, \"a\"", ",")) {
      api.put(account.path(), body)
          .as(account)
          .header("If-Match", garbage)
          .send()
          .problem(400, 412);
    }
    assertThat(api.get(account.path()).as(account).send().etag()).isEqualTo(etag);

    api.put(account.path(), body).as(account).header("If-Match", "*").send().expect(200);
    String now = api.get(account.path()).as(account).send().etag();
    api.put(account.path(), body)
        .as(account)
        .header("If-Match", "\"x\", " + now)
        .send()
        .expect(200);
    api.put(account.path(), body).as(account).header("If-Match", now).send().problem(412);
    api.delete(account.path()).as(account).header("If-Match", now).send().problem(412);
    String last = api.get(account.path()).as(account).send().etag();
    api.delete(account.path()).as(account).header("If-Match", last).send().expect(204);
  }

  @Test
  void read_ifNoneMatch_answers304OnlyForTheCurrentOne() {
    Account account = api.anyAccount();
    String etag = api.get(account.path()).as(account).send().etag();

    for (String current : List.of(etag, "W/" + etag, "\"x\", " + etag, "*")) {
      Answer same = api.get(account.path()).as(account).header("If-None-Match", current).send();
      same.expect(304);
      assertThat(same.body()).isEmpty();
      assertThat(same.etag()).isEqualTo(etag);
    }
    api.get(account.path()).as(account).header("If-None-Match", "\"x\"").send().expect(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"email\":\"someone@example.com\"}",
        "{\"username\":\"someone-new\"}",
        "{\"email\":null,\"username\":\"someone-new\"}",
        "{\"email\":\"broken\",\"username\":\"someone-new\"}",
        "{\"email\":\"someone@example.com\",\"username\":\"a@b.example\"}"
      })
  void update_brokenRule_is422AndChangesNothing(String body) {
    Account account = api.anyAccount();
    Answer before = api.get(account.path()).as(account).send();

    api.put(account.path(), body).as(account).send().problem(422);

    assertThat(api.get(account.path()).as(account).send().json()).isEqualTo(before.json());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"password\":\"another secret 77\"",
        "\"passwordHash\":\"x\"",
        "\"id\":\"00000000-0000-7000-8000-000000000000\"",
        "\"createdAt\":\"2020-01-01T00:00:00Z\"",
        "\"profile\":{\"avatarUrl\":\"http://127.0.0.1:1/\"}"
      })
  void update_unknownField_is400(String extra) {
    Account account = api.anyAccount();
    String body = account.update().replaceFirst("\\}$", "," + extra + "}");

    api.put(account.path(), body).as(account).send().problem(400);

    api.login("/api", account.email(), account.username(), account.password());
  }

  @Test
  void update_manyAtOnceWithOneEtag_changesOnce() throws Exception {
    Account account = api.newAccount();
    String etag = api.get(account.path()).as(account).send().etag();

    List<Answer> answers =
        Together.run(
            20,
            i ->
                () ->
                    api.put(account.path(), account.update())
                        .as(account)
                        .header("If-Match", etag)
                        .send());

    assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
    answers.stream().filter(answer -> answer.status() != 200).forEach(a -> a.problem(412));
  }

  @Test
  void update_withNewEmail_logsInWithTheNewOneOnly() {
    Account account = api.newAccount();
    String email = Api.newEmail();
    String body = Json.object("email", email, "username", account.username());

    api.put(account.path(), body).as(account).send().expect(200);

    api.login("/api", email, account.username(), account.password());
    String old = Api.credentials(account.email(), account.password());
    api.post("/api/sessions", old).send().problem(401);
  }

  @Test
  void changePassword_right_endsEverySession() {
    Account one = api.newAccount();
    Account two = api.login("/api", one.email(), one.username(), one.password());
    String password = Api.newPassword();

    changePassword(one, one.password(), password).expect(204);

    for (Account session : List.of(one, two)) {
      api.get(one.path()).as(session).send().problem(401);
      refresh(session).problem(401);
    }
    api.post("/api/sessions", Api.credentials(one.email(), one.password())).send().problem(401);
    api.login("/api", one.email(), one.username(), password);
  }

  @Test
  void changePassword_wrong_isRefusedAndChangesNothing() {
    Account account = api.anyAccount();

    changePassword(account, "not my password", Api.newPassword()).problem(401, 403, 422);
    changePassword(account, account.password(), "short").problem(422).naming("newPassword");
    changePassword(account, account.password(), "password1").problem(422).naming("newPassword");
    changePassword(account, account.password(), "z".repeat(257)).problem(422);
    api.put(account.path() + "/password", "{}").as(account).send().problem(422);
    String extra = "{\"currentPassword\":\"a\",\"newPassword\":\"b\",\"admin\":true}";
    api.put(account.path() + "/password", extra).as(account).send().problem(400);

    api.get(account.path()).as(account).send().expect(200);
    api.login("/api", account.email(), account.username(), account.password());
  }

  @Test
  void export_account_isCompleteAndHoldsNoSecret() {
    Account account = api.newAccount();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      ids.add(api.newItem(account, "{\"marker\":\"export-" + i + "-\"}").field("id"));
    }
    byte[] png = Pictures.png();
    Answer avatar =
        api.call("PUT", account.path() + "/avatar").bytes(png, "image/png").as(account).send();
    avatar.expect(200);

    Answer export = api.get(account.path() + "/export").as(account).send().expect(200);

    String text = export.text();
    assertThat(export.json().isObject()).isTrue();
    assertThat(text).contains(account.id(), account.email(), account.username());
    assertThat(text).contains(ids);
    for (int i = 0; i < 25; i++) {
      assertThat(text).contains("export-" + i + "-");
    }
    String url = avatar.json().path("profile").path("avatarUrl").asString();
    assertThat(text).contains(url.substring(url.lastIndexOf('/') + 1));
    assertThat(text).doesNotContain("argon2", account.password(), account.accessToken());
    assertThat(text).doesNotContain(account.refreshToken());
    assertThat(export.header("Cache-Control")).contains("no-store");
  }

  /** The first client does not read, and the document is larger than all buffers on the way. */
  @Test
  void export_whileAnotherIsSent_is429UntilThatEnds() throws Exception {
    Account account = api.newAccount();
    for (int i = 0; i < 200; i++) {
      api.newItem(account, "{\"s\":\"" + "x".repeat(65_000) + "\"}");
    }
    String path = account.path() + "/export";
    try (RawHttp slow = RawHttp.connect(RunningApp.shared().port())) {
      slow.send(
          "GET "
              + path
              + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
              + account.accessToken()
              + "\r\n\r\n");
      assertThat(RawHttp.status(slow.readHead())).isEqualTo(200);

      api.get(path).as(account).send().problem(429).assertRetryAfter();
      api.get(account.path()).as(account).send().expect(200);
    }
    Answer whole =
        Awaitility.await("export after the first was broken off")
            .atMost(Duration.ofSeconds(15))
            .until(() -> api.get(path).as(account).send(), answer -> answer.status() == 200);
    assertThat(whole.json().path("items")).hasSize(200);
  }

  @Test
  void delete_account_takesEverythingAlong() {
    Account account = api.newAccount();
    Account second = api.login("/api", account.email(), account.username(), account.password());
    String item = "/api/items/" + api.newItem(account, "{\"gone\":true}").field("id");
    byte[] png = Pictures.png();
    Answer avatar =
        api.call("PUT", account.path() + "/avatar").bytes(png, "image/png").as(account).send();
    String url = avatar.expect(200).json().path("profile").path("avatarUrl").asString();
    api.get(url).send().expect(200);

    api.delete(account.path()).as(account).send().expect(204);

    for (Account session : List.of(account, second)) {
      api.get(account.path()).as(session).send().problem(401, 404);
      api.get(item).as(session).send().problem(401, 404);
      api.get("/api/items").as(session).send().problem(401);
      api.post("/api/items", Api.item("{}")).as(session).send().problem(401);
      refresh(session).problem(401);
    }
    api.get(url).send().problem(404);
    String login = Api.credentials(account.email(), account.password());
    api.post("/api/sessions", login).send().problem(401);

    String again = Api.registration(account.email(), account.username(), account.password());
    api.post("/api/users", again).send().expect(201);
    Account fresh = api.login("/api", account.email(), account.username(), account.password());
    assertThat(fresh.id()).isNotEqualTo(account.id());
    assertThat(api.get("/api/items").as(fresh).send().json().path("items")).isEmpty();
    api.get(item).as(fresh).send().problem(404);
    api.get(account.path()).as(fresh).send().problem(404);
  }

  @Test
  void privateAnswers_areNotForSharedCaches() {
    Account account = api.anyAccount();
    Answer item = api.newItem(account, "{}");

    for (String path : List.of(account.path(), "/api/items", "/api/items/" + item.field("id"))) {
      Answer answer = api.get(path).as(account).send().expect(200);
      assertThat(answer.header("Cache-Control")).as(path).containsAnyOf("no-store", "private");
    }
  }

  private Answer changePassword(Account account, String current, String next) {
    String body = Json.object("currentPassword", current, "newPassword", next);
    return api.put(account.path() + "/password", body).as(account).send();
  }

  private Answer refresh(Account account) {
    String body = Json.object("refreshToken", account.refreshToken());
    return api.post("/api/sessions/refresh", body).send();
  }
}
