// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** Logging in, refreshing, logging out. */
final class SessionIT {
  private static final Api API = RunningApp.shared().api();
  private static Account account = new Account("", "", "", "", "", "");

  @BeforeAll
  static void register() {
    account = API.newAccount();
  }

  @Test
  void login_byNameOrEmailInAnyCase_works() {
    List<String> logins =
        List.of(
            account.email(),
            account.username(),
            account.email().toUpperCase(Locale.ROOT),
            account.username().toUpperCase(Locale.ROOT));

    for (String login : logins) {
      Answer answer = API.post("/api/sessions", Api.credentials(login, account.password())).send();
      assertThat(answer.expect(201).field("userId")).isEqualTo(account.id());
      assertThat(answer.header("Cache-Control")).contains("no-store");
    }
  }

  @Test
  void login_unknownUserAndWrongPassword_cannotBeToldApart() {
    Account known = API.newAccount();
    Answer wrong = API.post("/api/sessions", Api.credentials(known.email(), "wrong pass")).send();
    Answer unknown =
        API.post("/api/sessions", Api.credentials(Api.newEmail(), "wrong pass")).send();

    wrong.problem(401);
    unknown.problem(401);
    assertThat(withoutTrace(unknown)).isEqualTo(withoutTrace(wrong));
    assertThat(unknown.headers().map().keySet()).isEqualTo(wrong.headers().map().keySet());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"login\":\"someone\"}",
        "{\"password\":\"something\"}",
        "{\"login\":null,\"password\":null}"
      })
  void login_missingField_is422(String body) {
    API.post("/api/sessions", body).send().problem(422);
  }

  @Test
  void login_emptyFields_areRefused() {
    API.post("/api/sessions", Api.credentials("", "")).send().problem(401, 422);
    API.post("/api/sessions", Api.credentials(account.email(), "")).send().problem(401, 422);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"login\":\"a\",\"password\":\"b\",\"remember\":true}",
        "{\"login\":\"a\",\"login\":\"b\",\"password\":\"c\"}",
        "[]",
        "\"login\"",
        "null"
      })
  void login_malformedBody_is400(String body) {
    API.post("/api/sessions", body).send().problem(400);
  }

  @ParameterizedTest
  @CsvSource({"0,300", "1,70000", "300,1", "70000,1"})
  void login_overlongInput_isRefusedWithoutHashing(int login, int password) {
    String body = Api.credentials("l".repeat(login), "p".repeat(password));

    API.post("/api/sessions", body).send().problem(401, 422);
  }

  @ParameterizedTest
  @ValueSource(strings = {"' OR '1'='1", "x\u0000y", "%", "*", "admin'--", "\uD83D\uDE00"})
  void login_hostileName_is401(String login) {
    API.post("/api/sessions", Api.credentials(login, "some password")).send().problem(401, 422);
  }

  @Test
  void refresh_spentToken_endsTheWholeFamily() {
    Account session = login();
    Answer second = refresh(session.refreshToken()).expect(200);
    Answer third = refresh(second.field("refreshToken")).expect(200);
    API.get(account.path()).token(third.field("accessToken")).send().expect(200);

    refresh(session.refreshToken()).problem(401);

    refresh(third.field("refreshToken")).problem(401);
    API.get(account.path()).token(third.field("accessToken")).send().problem(401);
    API.get(account.path()).as(account).send().expect(200);
  }

  @Test
  void refresh_fiftyAtOnceWithOneToken_letsOneThrough() throws Exception {
    Account session = login();

    List<Answer> answers = Together.run(50, i -> () -> refresh(session.refreshToken()));

    assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
    answers.stream().filter(answer -> answer.status() != 200).forEach(a -> a.problem(401));
    API.get(account.path()).as(account).send().expect(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"garbage", "' OR 1=1 --", "....", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void refresh_foreignToken_is401(String token) {
    refresh(token).problem(401);
  }

  @Test
  void refresh_malformedBody_isRefused() {
    API.post("/api/sessions/refresh", "{}").send().problem(422);
    API.post("/api/sessions/refresh", "{\"refreshToken\":null}").send().problem(422);
    API.post("/api/sessions/refresh", "{\"refreshToken\":7}").send().problem(400, 401, 422);
    String extra = "{\"refreshToken\":\"a\",\"scope\":\"admin\"}";
    API.post("/api/sessions/refresh", extra).send().problem(400);
    refresh("r".repeat(100_000)).problem(401, 422);
    refresh(login().accessToken()).problem(401, 422);
  }

  @Test
  void refresh_tokenUsedAsAccessToken_is401() {
    API.get(account.path()).token(login().refreshToken()).send().problem(401);
  }

  @Test
  void logout_oneSession_leavesTheOthers() {
    Account one = login();
    Account other = login();

    API.delete("/api/sessions/current").as(one).send().expect(204);

    API.get(account.path()).as(one).send().problem(401);
    API.delete("/api/sessions/current").as(one).send().problem(401);
    refresh(one.refreshToken()).problem(401);
    API.get(account.path()).as(other).send().expect(200);
    refresh(other.refreshToken()).expect(200);
  }

  @Test
  void logout_whileRefreshing_leavesNoLivingSession() throws Exception {
    for (int round = 0; round < 5; round++) {
      Account session = login();
      List<Answer> answers =
          Together.run(
              2,
              i ->
                  i == 0
                      ? () -> refresh(session.refreshToken())
                      : () -> API.delete("/api/sessions/current").as(session).send());
      answers.get(1).expect(204);
      if (answers.get(0).status() == 200) {
        String access = answers.get(0).field("accessToken");
        API.get(account.path()).token(access).send().problem(401);
        refresh(answers.get(0).field("refreshToken")).problem(401);
      }
    }
  }

  private static Account login() {
    return API.login("/api", account.email(), account.username(), account.password());
  }

  private static Answer refresh(String token) {
    return API.post("/api/sessions/refresh", Json.object("refreshToken", token)).send();
  }

  private static ObjectNode withoutTrace(Answer answer) {
    ObjectNode problem = (ObjectNode) answer.json();
    problem.remove("traceId");
    return problem;
  }
}
