// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Every call of the contract once, as it is meant, under both prefixes. */
final class EndpointsIT {
  private static final String MICROSECONDS =
      "\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z";

  private final Api api = RunningApp.shared().api();

  @ParameterizedTest
  @ValueSource(strings = {"/api", "/api/v1"})
  void account_fromRegistrationToDeletion_answersAsTheContractSays(String prefix) {
    String email = Api.newEmail();
    String username = Api.unique("user");
    String password = Api.newPassword();
    String registration =
        Json.object(
            "email", email,
            "username", username,
            "password", password,
            "profile", Json.raw("{\"name\":\"Ada Lovelace\"}"));

    Answer created = api.post(prefix + "/users", registration).send().expect(201);
    String id = created.field("id");
    String path = prefix + "/users/" + id;
    assertThat(UUID.fromString(id)).hasToString(id);
    assertThat(created.header("Location")).endsWith("/users/" + id);
    assertUser(created.json(), email, username, "Ada Lovelace");
    created.etag();

    Account account = api.login(prefix, email, username, password);
    Answer read = api.get(path).as(account).send().expect(200);
    assertThat(read.json()).isEqualTo(created.json());
    assertThat(read.etag()).isEqualTo(created.etag());

    String newName = Api.unique("renamed");
    String update =
        Json.object(
            "email", email, "username", newName, "profile", Json.raw("{\"name\":\"Augusta\"}"));
    Answer updated = api.put(path, update).as(account).send().expect(200);
    assertUser(updated.json(), email, newName, "Augusta");
    assertThat(updated.etag()).isNotEqualTo(created.etag());
    assertThat(updated.field("createdAt")).isEqualTo(created.field("createdAt"));
    assertThat(time(updated, "updatedAt")).isAfter(time(created, "updatedAt"));

    Answer export = api.get(path + "/export").as(account).send().expect(200);
    assertThat(export.text()).contains(email, newName, "Augusta");

    String newPassword = Api.newPassword();
    String change = Json.object("currentPassword", password, "newPassword", newPassword);
    assertThat(api.put(path + "/password", change).as(account).send().expect(204).body()).isEmpty();
    Account again = api.login(prefix, email, newName, newPassword);
    assertThat(api.delete(path).as(again).send().expect(204).body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api", "/api/v1"})
  void session_fromLoginToLogout_answersAsTheContractSays(String prefix) {
    Account account = api.newAccount(prefix);
    String login = Api.credentials(account.username(), account.password());

    Answer tokens = api.post(prefix + "/sessions", login).send().expect(201);
    assertTokens(tokens.json(), account);
    Account session = Api.account(account.email(), account.username(), account.password(), tokens);

    String refresh = Json.object("refreshToken", session.refreshToken());
    Answer fresh = api.post(prefix + "/sessions/refresh", refresh).send().expect(200);
    assertTokens(fresh.json(), account);
    assertThat(fresh.field("refreshToken")).isNotEqualTo(session.refreshToken());
    Account later = Api.account(account.email(), account.username(), account.password(), fresh);

    api.delete(prefix + "/sessions/current").as(later).send().expect(204);
    api.get(prefix + "/users/" + account.id()).as(later).send().problem(401);
    api.get(prefix + "/users/" + account.id()).as(account).send().expect(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api", "/api/v1"})
  void item_fromCreationToDeletion_answersAsTheContractSays(String prefix) {
    Account owner = api.newAccount(prefix);
    String items = prefix + "/items";

    Answer created = api.post(items, Api.item("{\"a\":[1,true,null]}")).as(owner).send();
    created.expect(201);
    String path = items + "/" + created.field("id");
    assertThat(created.header("Location")).endsWith("/items/" + created.field("id"));
    assertThat(created.field("userId")).isEqualTo(owner.id());
    assertThat(created.json().path("data")).isEqualTo(Json.parse("{\"a\":[1,true,null]}"));
    assertThat(created.field("createdAt")).matches(MICROSECONDS);
    assertThat(Json.parse(created.text()).propertyNames())
        .containsExactlyInAnyOrder("id", "userId", "data", "createdAt", "updatedAt");

    Answer read = api.get(path).as(owner).send().expect(200);
    assertThat(read.json()).isEqualTo(created.json());
    assertThat(read.etag()).isEqualTo(created.etag());

    Answer replaced = api.put(path, Api.item("{\"b\":2}")).as(owner).send().expect(200);
    assertThat(replaced.json().path("data")).isEqualTo(Json.parse("{\"b\":2}"));
    assertThat(replaced.etag()).isNotEqualTo(created.etag());
    assertThat(replaced.field("createdAt")).isEqualTo(created.field("createdAt"));

    JsonNode list = api.get(items).as(owner).send().expect(200).json();
    assertThat(list.path("items")).hasSize(1);
    assertThat(list.path("items").get(0)).isEqualTo(replaced.json());
    assertThat(list.has("next")).as("next is always there").isTrue();
    assertThat(list.path("next").isNull()).isTrue();

    assertThat(api.delete(path).as(owner).send().expect(204).body()).isEmpty();
    api.get(path).as(owner).send().problem(404);
    api.delete(path).as(owner).send().problem(404);
    api.put(path, Api.item("{}")).as(owner).send().problem(404);
  }

  @Test
  void version_otherThanOne_isUnknown() {
    Account account = api.anyAccount();

    api.get("/api/v2/items").as(account).send().problem(400, 404);
    api.get("/api/v1/v1/items").as(account).send().problem(400, 404);
    api.get("/api/v/items").as(account).send().problem(400, 404);
  }

  @Test
  void object_createdUnderOnePrefix_isTheSameUnderTheOther() {
    Account account = api.newAccount("/api/v1");
    Answer item = api.newItem(account, "{\"n\":1}");

    Answer other = api.get("/api/v1/items/" + item.field("id")).as(account).send().expect(200);

    assertThat(other.json()).isEqualTo(item.json());
    assertThat(other.etag()).isEqualTo(item.etag());
  }

  @Test
  void location_ofCreatedThings_canBeFollowed() {
    Account account = api.anyAccount();
    String location = api.newItem(account, "{}").header("Location");

    Answer followed = api.get(location).as(account).send();

    followed.expect(200);
  }

  @Test
  void head_ofAnItem_answersLikeGetWithoutBody() {
    Account account = api.anyAccount();
    Answer item = api.newItem(account, "{}");

    Answer head = api.call("HEAD", "/api/items/" + item.field("id")).as(account).send().expect(200);

    assertThat(head.body()).isEmpty();
    assertThat(head.etag()).isEqualTo(item.etag());
  }

  private static void assertUser(JsonNode user, String email, String username, String name) {
    assertThat(user.propertyNames())
        .containsExactlyInAnyOrder("id", "email", "username", "profile", "createdAt", "updatedAt");
    assertThat(user.path("email").asString()).isEqualTo(email);
    assertThat(user.path("username").asString()).isEqualTo(username);
    assertThat(user.path("profile").path("name").asString()).isEqualTo(name);
    assertThat(user.path("createdAt").asString()).matches(MICROSECONDS);
    assertThat(user.path("updatedAt").asString()).matches(MICROSECONDS);
  }

  private static void assertTokens(JsonNode tokens, Account account) {
    assertThat(tokens.propertyNames())
        .containsExactlyInAnyOrder(
            "userId", "accessToken", "tokenType", "expiresIn", "refreshToken", "refreshExpiresIn");
    assertThat(tokens.path("userId").asString()).isEqualTo(account.id());
    assertThat(tokens.path("tokenType").asString()).isEqualTo("Bearer");
    assertThat(tokens.path("expiresIn").asInt()).isBetween(60, 900);
    assertThat(tokens.path("refreshExpiresIn").asInt()).isGreaterThan(900);
  }

  private static Instant time(Answer answer, String field) {
    return Instant.parse(answer.field(field));
  }
}
