// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import io.scalingtoolkit.testkit.EngineCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What must hold on every database server: the essential journey, and everything that would go
 * wrong if it relied on SQLite's one writer. Two processes of the application share the database
 * and the keys, so that what one process keeps apart in its memory does not hide a race.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DatabaseContract {
  private static final int CLIENTS = 20;

  private final List<RunningApp> apps = new ArrayList<>();
  private EngineCluster cluster;

  /** Why the engine cannot run here, or nothing. */
  abstract Optional<String> unavailable();

  abstract EngineCluster engine();

  /** Environment of an application with a new database. */
  abstract Map<String, String> database(EngineCluster running);

  @BeforeAll
  void start(@TempDir Path keys) {
    Assumptions.assumeTrue(unavailable().isEmpty(), () -> unavailable().orElse(""));
    cluster = engine();
    Map<String, String> environment = new HashMap<>(database(cluster));
    environment.put("APP_SECURITY_KEYSDIR", keys.toString());
    apps.add(RunningApp.on(environment));
    apps.add(RunningApp.on(environment));
  }

  @AfterAll
  void stop() {
    apps.forEach(RunningApp::close);
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void journey_fromRegistrationToDeletion() {
    Api api = api(0);
    Account account = api.newAccount();
    String text = "{\"s\":\"" + "\uD83D\uDE00".repeat((65_536 - 8) / 4) + "\"}";
    Answer item = api.newItem(account, text);
    String path = "/api/items/" + item.field("id");

    assertThat(api(1).get(path).as(account).send().expect(200).text()).isEqualTo(item.text());
    Answer changed =
        api.put(path, Api.item("{\"n\":2}"))
            .as(account)
            .header("If-Match", item.etag())
            .send()
            .expect(200);
    api.put(path, Api.item("{}")).as(account).header("If-Match", item.etag()).send().problem(412);
    assertThat(api.get("/api/items").as(account).send().expect(200).json().path("items"))
        .hasSize(1);
    assertThat(changed.json().path("data").path("n").asInt()).isEqualTo(2);
    byte[] png = Pictures.png();
    api.call("PUT", account.path() + "/avatar")
        .bytes(png, "image/png")
        .as(account)
        .send()
        .expect(200);
    assertThat(api.get(account.path() + "/export").as(account).send().expect(200).text())
        .contains("account.registered", "avatar.changed", account.email());
    api.delete(account.path()).as(account).send().expect(204);
    api.post("/api/sessions", Api.credentials(account.email(), account.password()))
        .send()
        .problem(401);
  }

  @Test
  void names_thatDifferOnlyForAPerson_areTwoAndInOtherCaseOne() {
    String name = Api.unique("zoe");
    register(0, Api.newEmail(), name + "\u00eb").expect(201);
    register(0, Api.newEmail(), name + "e").expect(201);
    register(1, Api.newEmail(), name + "\u00cb").problem(409);
    register(1, Api.newEmail(), (name + "E")).problem(409);
  }

  @Test
  void register_fiftyAtOnceWithOneEmail_letsOneThrough() throws Exception {
    String email = Api.newEmail();

    List<Answer> answers = Together.run(50, i -> () -> register(i % 2, email, Api.unique("fifty")));

    assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(1);
    answers.stream().filter(answer -> answer.status() != 201).forEach(a -> a.problem(409, 503));
  }

  @Test
  void idempotencyKey_racedByManyClients_hasOneEffect() throws Exception {
    Account account = api(0).newAccount();
    String key = Api.unique("raced-");

    List<Answer> answers =
        Together.run(CLIENTS, i -> () -> createUntilAnswered(i % 2, account, key));

    assertThat(answers).allSatisfy(answer -> answer.expect(201));
    assertThat(answers)
        .extracting(answer -> answer.field("id"))
        .containsOnly(answers.get(0).field("id"));
    assertThat(api(1).get("/api/items").as(account).send().expect(200).json().path("items"))
        .hasSize(1);
  }

  @Test
  void refreshToken_usedByManyAtOnce_worksOnceAndEndsTheSession() throws Exception {
    Account account = api(0).newAccount();

    List<Answer> answers = Together.run(CLIENTS, i -> () -> refresh(i % 2, account.refreshToken()));

    List<Answer> won = answers.stream().filter(answer -> answer.status() == 200).toList();
    assertThat(won).hasSize(1);
    answers.stream().filter(answer -> answer.status() != 200).forEach(a -> a.problem(401));
    refresh(0, won.get(0).field("refreshToken")).problem(401);
    api(1).get(account.path()).as(account).send().problem(401);
  }

  @Test
  void ifMatch_racedByManyClients_letsOneThrough() throws Exception {
    Account account = api(0).newAccount();
    Answer item = api(0).newItem(account, "{}");

    List<Answer> answers = Together.run(CLIENTS, i -> () -> put(i, item, account, item.etag()));

    assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
    answers.stream().filter(answer -> answer.status() != 200).forEach(a -> a.problem(412));
  }

  @Test
  void replace_byManyWithoutIfMatch_losesNone() throws Exception {
    Account account = api(0).newAccount();
    Answer item = api(0).newItem(account, "{}");

    List<Answer> answers = Together.run(CLIENTS / 2, i -> () -> put(i, item, account, null));

    assertThat(answers).allSatisfy(answer -> answer.expect(200));
    assertThat(answers).extracting(Answer::etag).doesNotHaveDuplicates();
  }

  @Test
  void rename_twoToOneName_letsOneThrough() throws Exception {
    for (int round = 0; round < 5; round++) {
      List<Account> accounts = List.of(api(0).newAccount(), api(1).newAccount());
      String wanted = Api.unique("wanted");

      List<Answer> answers = Together.run(2, i -> () -> rename(i, accounts.get(i), wanted));

      assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
      answers.stream().filter(answer -> answer.status() != 200).forEach(a -> a.problem(409));
    }
  }

  @Test
  void delete_whileItemsAreAdded_leavesNothingBehind() throws Exception {
    for (int round = 0; round < 5; round++) {
      Account account = api(0).newAccount();

      List<Answer> answers =
          Together.run(
              8,
              i ->
                  i == 0
                      ? () -> api(0).delete(account.path()).as(account).send()
                      : () -> api(i % 2).post("/api/items", Api.item("{}")).as(account).send());

      answers.get(0).expect(204);
      answers.stream()
          .skip(1)
          .filter(answer -> answer.status() != 201)
          .forEach(answer -> answer.problem(401, 404));
    }
  }

  private Api api(int process) {
    return apps.get(process).api();
  }

  private Answer register(int process, String email, String username) {
    return api(process)
        .post("/api/users", Api.registration(email, username, Api.newPassword()))
        .send();
  }

  /** A client does as it is told: 409 with Retry-After means that the first request still runs. */
  private Answer createUntilAnswered(int process, Account account, String key) {
    Answer answer;
    do {
      answer =
          api(process)
              .post("/api/items", Api.item("{\"n\":1}"))
              .as(account)
              .header("Idempotency-Key", key)
              .send();
    } while (answer.status() == 409);
    return answer;
  }

  private Answer refresh(int process, String token) {
    return api(process).post("/api/sessions/refresh", Json.object("refreshToken", token)).send();
  }

  private Answer put(int client, Answer item, Account account, @Nullable String etag) {
    Api.Call call =
        api(client % 2)
            .put("/api/items/" + item.field("id"), Api.item("{\"n\":" + client + "}"))
            .as(account);
    return etag == null ? call.send() : call.header("If-Match", etag).send();
  }

  private Answer rename(int process, Account account, String username) {
    return api(process)
        .put(account.path(), Json.object("email", account.email(), "username", username))
        .as(account)
        .send();
  }
}
