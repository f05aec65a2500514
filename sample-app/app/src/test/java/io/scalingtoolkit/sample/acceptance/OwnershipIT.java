// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One account tries everything on another one's objects. */
final class OwnershipIT {
  private final Api api = RunningApp.shared().api();

  @ParameterizedTest
  @ValueSource(strings = {"/api", "/api/v1"})
  void everyCallWithAnId_byAStranger_is404AndChangesNothing(String prefix) {
    Account victim = api.newAccount(prefix);
    Account stranger = api.newAccount(prefix);
    byte[] png = Pictures.png();
    String user = prefix + "/users/" + victim.id();
    api.call("PUT", user + "/avatar").bytes(png, "image/png").as(victim).send().expect(200);
    Answer item = api.newItem(victim, "{\"private\":1}");
    String itemPath = prefix + "/items/" + item.field("id");
    Answer before = api.get(user).as(victim).send().expect(200);

    List<Api.Call> attacks =
        List.of(
            api.get(user),
            api.put(user, stranger.update()),
            api.put(user, stranger.update()).header("If-Match", before.etag()),
            api.put(user, "{\"broken\":true}"),
            api.put(user + "/password", password(victim.password())),
            api.put(user + "/password", password("wrong password 1")),
            api.get(user + "/export"),
            api.call("PUT", user + "/avatar").bytes(png, "image/png"),
            api.call("PUT", user + "/avatar").bytes(new byte[3], "text/plain"),
            api.delete(user + "/avatar"),
            api.delete(user),
            api.delete(user).header("If-Match", "*"),
            api.get(itemPath),
            api.get(itemPath).header("If-None-Match", item.etag()),
            api.get(itemPath).header("If-None-Match", "*"),
            api.put(itemPath, Api.item("{\"stolen\":1}")),
            api.put(itemPath, Api.item("{\"stolen\":1}")).header("If-Match", item.etag()),
            api.put(itemPath, Api.item("{\"stolen\":1}")).header("If-Match", "\"stale\""),
            api.delete(itemPath),
            api.delete(itemPath).header("If-Match", "\"stale\""));
    for (int i = 0; i < attacks.size(); i++) {
      Answer answer = attacks.get(i).as(stranger).send();
      // A body or media type that is wrong for everybody may be refused before the owner is known.
      boolean wrongForEverybody = i == 3 || i == 8;
      answer.problem(wrongForEverybody ? new Integer[] {404, 400, 415} : new Integer[] {404});
      assertThat(answer.text()).doesNotContain(victim.email(), victim.username());
    }

    assertThat(api.get(user).as(victim).send().json()).isEqualTo(before.json());
    assertThat(api.get(itemPath).as(victim).send().json()).isEqualTo(item.json());
    api.login("/api", victim.email(), victim.username(), victim.password());
  }

  @Test
  void foreignAndUnknownIds_cannotBeToldApart() {
    Account victim = api.newAccount();
    Account stranger = api.newAccount();
    String unknown = "/api/users/01890000-0000-7000-8000-000000000000";

    Answer foreign = api.get(victim.path()).as(stranger).send().problem(404);
    Answer missing = api.get(unknown).as(stranger).send().problem(404);

    assertThat(foreign.field("title")).isEqualTo(missing.field("title"));
    assertThat(foreign.field("detail").replace(victim.id(), "id"))
        .isEqualTo(missing.field("detail").replace(unknown.substring(11), "id"));
    assertThat(foreign.headers().map().keySet()).isEqualTo(missing.headers().map().keySet());
  }

  @Test
  void list_ofOneAccount_neverShowsAnotherOnes() {
    Account one = api.newAccount();
    Account two = api.newAccount();
    String first = api.newItem(one, "{}").field("id");
    String second = api.newItem(two, "{}").field("id");

    Answer mine = api.get("/api/items?userId=" + two.id()).as(one).send();

    if (mine.status() == 200) {
      assertThat(Json.texts(mine.json().path("items"), "id")).containsExactly(first);
    } else {
      mine.problem(400);
    }
    Answer theirs = api.get("/api/items").as(two).send().expect(200);
    assertThat(Json.texts(theirs.json().path("items"), "id")).containsExactly(second);
  }

  @Test
  void users_cannotBeListed() {
    Account account = api.newAccount();

    Answer answer = api.get("/api/users").as(account).send().problem(404, 405);

    assertThat(answer.text()).doesNotContain(account.email());
  }

  private static String password(String current) {
    return Json.object("currentPassword", current, "newPassword", "a brand new secret 9");
  }
}
