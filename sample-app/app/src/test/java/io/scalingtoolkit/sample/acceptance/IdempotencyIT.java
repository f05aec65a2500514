// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** POST with an {@code Idempotency-Key}. */
final class IdempotencyIT {
  private final Api api = RunningApp.shared().api();

  @Test
  void createItem_replayed_answersTheSameAgain() {
    Account owner = api.newAccount();
    String key = Api.unique("key-");
    Answer first = create(owner, key, "{\"n\":1}").expect(201);
    assertThat(first.header("Idempotency-Replayed")).isNotEqualTo("true");

    for (int i = 0; i < 3; i++) {
      Answer again = create(owner, key, "{\"n\":1}").expect(201);

      assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
      assertThat(again.text()).isEqualTo(first.text());
      assertThat(again.header("Location")).isEqualTo(first.header("Location"));
      assertThat(again.etag()).isEqualTo(first.etag());
    }
    assertThat(count(owner)).isEqualTo(1);
  }

  @Test
  void createItem_replayedUnderTheOtherPrefix_isTheSameCall() {
    Account owner = api.newAccount();
    String key = Api.unique("key-");
    Answer first = create(owner, key, "{\"n\":1}").expect(201);

    Answer again =
        api.post("/api/v1/items", Api.item("{\"n\":1}"))
            .as(owner)
            .header("Idempotency-Key", key)
            .send()
            .expect(201);

    assertThat(again.field("id")).isEqualTo(first.field("id"));
    assertThat(count(owner)).isEqualTo(1);
  }

  @Test
  void createItem_sameKeyOtherBody_is422AndCreatesNothing() {
    Account owner = api.newAccount();
    String key = Api.unique("key-");
    create(owner, key, "{\"n\":1}").expect(201);

    create(owner, key, "{\"n\":2}").problem(422);

    assertThat(count(owner)).isEqualTo(1);
    create(owner, key, "{\"n\":1}").expect(201);
  }

  @Test
  void createItem_sameKeyOfAnotherUser_isAnotherCall() {
    Account one = api.newAccount();
    Account two = api.newAccount();
    String key = Api.unique("key-");
    Answer first = create(one, key, "{\"n\":1}").expect(201);

    Answer second = create(two, key, "{\"n\":1}").expect(201);
    Answer third = create(one, Api.unique("key-"), "{\"n\":1}").expect(201);

    assertThat(second.header("Idempotency-Replayed")).isNotEqualTo("true");
    assertThat(second.field("userId")).isEqualTo(two.id());
    assertThat(second.field("id")).isNotEqualTo(first.field("id"));
    assertThat(third.field("id")).isNotEqualTo(first.field("id"));
    create(two, key, "{\"n\":9}").problem(422);
  }

  @Test
  void createItem_manyAtOnceWithOneKey_hasOneEffect() throws Exception {
    Account owner = api.newAccount();
    for (int round = 0; round < 3; round++) {
      String key = Api.unique("key-");

      List<Answer> answers = Together.run(20, i -> () -> create(owner, key, "{\"n\":1}"));

      List<Answer> done = answers.stream().filter(answer -> answer.status() == 201).toList();
      assertThat(done.stream().map(answer -> answer.field("id")).distinct()).hasSize(1);
      assertThat(done).filteredOn(a -> a.header("Idempotency-Replayed").isEmpty()).hasSize(1);
      answers.stream()
          .filter(answer -> answer.status() != 201)
          .forEach(answer -> answer.problem(409).assertRetryAfter());
      assertThat(count(owner)).isEqualTo(round + 1);
    }
  }

  @Test
  void createItem_refusedCall_doesNotLeaveAnEffectUnderTheKey() {
    Account owner = api.newAccount();
    String key = Api.unique("key-");

    Answer first =
        api.post("/api/items", "{\"data\":[]}")
            .as(owner)
            .header("Idempotency-Key", key)
            .send()
            .problem(400, 422);
    Answer again =
        api.post("/api/items", "{\"data\":[]}").as(owner).header("Idempotency-Key", key).send();

    again.problem(first.status());
    assertThat(count(owner)).isZero();
  }

  @Test
  void createItem_replayedAfterDeletion_doesNotCreateAgain() {
    Account owner = api.newAccount();
    String key = Api.unique("key-");
    Answer first = create(owner, key, "{\"n\":1}").expect(201);
    api.delete("/api/items/" + first.field("id")).as(owner).send().expect(204);

    Answer again = create(owner, key, "{\"n\":1}").expect(201);

    assertThat(again.text()).isEqualTo(first.text());
    assertThat(count(owner)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "with space", "a\tb", "k\u00e9y"})
  void createItem_badKey_isRefused(String key) throws Exception {
    Account owner = api.newAccount();
    String body = Api.item("{}");
    String request =
        "POST /api/items HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n"
            + "Authorization: Bearer "
            + owner.accessToken()
            + "\r\n"
            + "Idempotency-Key: "
            + key
            + "\r\n\r\n"
            + body;

    String answer = RawHttp.exchange(RunningApp.shared().port(), request);

    assertThat(RawHttp.status(answer)).as(answer).isIn(400, 422);
    assertThat(answer).contains("application/problem+json");
    assertThat(count(owner)).isZero();
  }

  @Test
  void createItem_keyLength_isBoundedExactly() {
    Account owner = api.newAccount();

    create(owner, "k".repeat(255), "{}").expect(201);
    create(owner, "k".repeat(256), "{}").problem(400, 422);
    create(owner, "!~#$%&'*+-.^_`|", "{}").expect(201);
    assertThat(count(owner)).isEqualTo(2);
  }

  @Test
  void createItem_keyTwice_isRefused() {
    Account owner = api.newAccount();

    Answer answer =
        api.post("/api/items", Api.item("{}"))
            .as(owner)
            .header("Idempotency-Key", "one")
            .header("Idempotency-Key", "two")
            .send();

    answer.problem(400, 422);
    assertThat(count(owner)).isZero();
  }

  @Test
  void createItem_withKeyButWithoutToken_is401() {
    String key = Api.unique("key-");
    Account owner = api.newAccount();
    create(owner, key, "{\"n\":1}").expect(201);

    Answer answer =
        api.post("/api/items", Api.item("{\"n\":1}")).header("Idempotency-Key", key).send();

    answer.problem(401);
  }

  @Test
  void register_replayed_answersTheSameAgainAndCreatesOne() {
    String key = Api.unique("key-");
    String body = Api.registration(Api.newEmail(), Api.unique("user"), Api.newPassword());
    Answer first = register(key, body).expect(201);

    Answer again = register(key, body).expect(201);

    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.text()).isEqualTo(first.text());
    assertThat(again.header("Location")).isEqualTo(first.header("Location"));
    String other = Api.registration(Api.newEmail(), Api.unique("user"), Api.newPassword());
    register(key, other).problem(422);
    register(Api.unique("key-"), body).problem(409);
  }

  @Test
  void register_sameBodyWithOtherPassword_is422() {
    String key = Api.unique("key-");
    String email = Api.newEmail();
    String username = Api.unique("user");
    register(key, Api.registration(email, username, Api.newPassword())).expect(201);

    Answer answer = register(key, Api.registration(email, username, Api.newPassword()));

    answer.problem(422);
  }

  @Test
  void register_manyAtOnceWithOneKey_givesOneAccount() throws Exception {
    String key = Api.unique("key-");
    String body = Api.registration(Api.newEmail(), Api.unique("user"), Api.newPassword());

    List<Answer> answers = Together.run(8, i -> () -> register(key, body));

    List<Answer> done = answers.stream().filter(answer -> answer.status() == 201).toList();
    assertThat(done.stream().map(answer -> answer.field("id")).distinct()).hasSize(1);
    answers.stream()
        .filter(answer -> answer.status() != 201)
        .forEach(answer -> answer.problem(409, 503).assertRetryAfter());
    assertThat(register(key, body).expect(201).field("id")).isEqualTo(done.get(0).field("id"));
  }

  @Test
  void register_replayAfterTheAccountWasDeleted_showsNothingOfIt() {
    String key = Api.unique("key-");
    String email = Api.newEmail();
    String username = Api.unique("user");
    String password = Api.newPassword();
    String body = Api.registration(email, username, password);
    String deleted = register(key, body).expect(201).field("id");
    Account owner = api.login("/api", email, username, password);
    api.delete(owner.path()).as(owner).send().expect(204);

    Answer again = register(key, body).expect(201);

    assertThat(again.header("Idempotency-Replayed")).isEmpty();
    assertThat(again.field("id")).isNotEqualTo(deleted);
  }

  @Test
  void key_usedOnOnePath_isFreeOnTheOther() {
    String key = Api.unique("key-");
    Account owner = api.newAccount();
    create(owner, key, "{}").expect(201);

    Answer answer =
        register(key, Api.registration(Api.newEmail(), Api.unique("user"), Api.newPassword()));

    answer.expect(201);
  }

  private Answer create(Account owner, String key, String data) {
    return api.post("/api/items", Api.item(data)).as(owner).header("Idempotency-Key", key).send();
  }

  private Answer register(String key, String body) {
    return api.post("/api/users", body).header("Idempotency-Key", key).send();
  }

  private int count(Account owner) {
    return api.get("/api/items?limit=100").as(owner).send().json().path("items").size();
  }
}
