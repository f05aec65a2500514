// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Listing one's own items page by page. */
final class ItemListIT {
  private static final Api API = RunningApp.shared().api();
  private static final List<String> CREATED = new ArrayList<>();
  private static Account owner = new Account("", "", "", "", "", "");

  @BeforeAll
  static void createItems() throws Exception {
    owner = API.newAccount();
    for (int i = 0; i < 25; i++) {
      CREATED.add(0, API.newItem(owner, "{\"n\":" + i + "}").field("id"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 24, 25, 26, 100})
  void pages_ofAnySize_giveEveryItemOnceNewestFirst(int limit) {
    assertThat(walk(owner, limit)).containsExactlyElementsOf(CREATED);
  }

  @Test
  void list_withoutLimit_givesTwenty() {
    JsonNode page = page(owner, "");

    assertThat(page.path("items")).hasSize(20);
    assertThat(page.path("next").asString()).isNotBlank();
    assertThat(page.propertyNames()).containsExactlyInAnyOrder("items", "next");
  }

  @Test
  void list_ofLargeItems_comesInShorterPagesWithoutALoss() {
    Account account = API.newAccount();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ids.add(0, API.newItem(account, "{\"s\":\"" + "x".repeat(60_000) + "\"}").field("id"));
    }

    JsonNode first = page(account, "?limit=100");
    List<String> seen = new ArrayList<>(Json.texts(first.path("items"), "id"));
    assertThat(seen).hasSizeBetween(4, 6);
    for (JsonNode next = first.path("next"); !next.isNull(); ) {
      JsonNode page = page(account, "?limit=100&cursor=" + encode(next.asString()));
      seen.addAll(Json.texts(page.path("items"), "id"));
      next = page.path("next");
    }

    assertThat(seen).containsExactlyElementsOf(ids);
  }

  @Test
  void list_ofNothing_isEmptyWithoutNext() {
    JsonNode page = page(API.newAccount(), "");

    assertThat(page.path("items").isArray()).isTrue();
    assertThat(page.path("items")).isEmpty();
    assertThat(page.path("next").isNull()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "101", "-1", "abc", "1.5", "2147483648", "", "1e1", "%20", "99999999999999"})
  void list_badLimit_isRefused(String limit) {
    Answer answer = API.get("/api/items?limit=" + limit).as(owner).send();
    if (limit.isEmpty() && answer.status() == 200) {
      assertThat(answer.json().path("items")).hasSize(20);
      return;
    }
    answer.problem(400, 422);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abc",
        "%00",
        "%0d%0aSet-Cookie:%20x=1",
        "..%2f..%2f",
        "AAAAAAAAAAAAAAAAAAAAAAAA",
        "'%20OR%201=1--",
        "%F0%9F%98%80",
        "e30",
        "bnVsbA",
        "MDphYmM"
      })
  void list_badCursor_isRefused(String cursor) {
    Answer answer = API.get("/api/items?cursor=" + cursor).as(owner).send();

    answer.problem(400, 422);
    assertThat(answer.header("Set-Cookie")).isEmpty();
  }

  @Test
  void list_damagedCursor_isRefusedOrHarmless() {
    String cursor = page(owner, "?limit=5").path("next").asString();
    assertThat(cursor).hasSizeLessThanOrEqualTo(200);
    List<String> damaged = new ArrayList<>(List.of(cursor + "x", cursor.repeat(40)));
    for (int i = 0; i < cursor.length(); i += 3) {
      damaged.add(cursor.substring(0, i) + "~" + cursor.substring(i + 1));
      damaged.add(cursor.substring(0, i));
    }

    for (String bad : damaged) {
      Answer answer = API.get("/api/items?cursor=" + encode(bad)).as(owner).send();
      if (answer.status() == 200) {
        assertThat(CREATED).containsAll(Json.texts(answer.json().path("items"), "id"));
      } else {
        answer.problem(400, 422);
      }
    }
  }

  @Test
  void list_foreignCursor_showsNothingForeign() {
    Account other = API.newAccount();
    String own = API.newItem(other, "{\"mine\":true}").field("id");
    String cursor = page(owner, "?limit=5").path("next").asString();

    Answer answer = API.get("/api/items?cursor=" + encode(cursor)).as(other).send();

    if (answer.status() == 200) {
      List<String> ids = Json.texts(answer.json().path("items"), "id");
      assertThat(ids).isSubsetOf(List.of(own));
    } else {
      answer.problem(400, 422);
    }
  }

  @Test
  void list_createdAtOnce_isCompleteWhateverTheTies() throws Exception {
    Account writer = API.newAccount();
    List<String> ids = new ArrayList<>();
    for (int burst = 0; burst < 3; burst++) {
      Together.run(16, i -> () -> API.newItem(writer, "{\"i\":" + i + "}").field("id"))
          .forEach(ids::add);
    }

    assertThat(walk(writer, 5)).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(walk(writer, 5)).containsExactlyElementsOf(walk(writer, 100));
  }

  @Test
  void list_whileOthersAreCreatedAndDeleted_losesAndDoublesNothing() throws Exception {
    Account writer = API.newAccount();
    Set<String> stable = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      stable.add(API.newItem(writer, "{\"stable\":true}").field("id"));
    }
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService background = Executors.newSingleThreadExecutor();
    try {
      Future<Integer> inserts =
          background.submit(
              () -> {
                int count = 0;
                while (!done.get()) {
                  String id = API.newItem(writer, "{\"stable\":false}").field("id");
                  if (count++ % 2 == 0) {
                    API.delete("/api/items/" + id).as(writer).send().expect(204);
                  }
                }
                return count;
              });
      for (int round = 0; round < 5; round++) {
        List<String> seen = walk(writer, 3);
        assertThat(seen).doesNotHaveDuplicates().containsAll(stable);
      }
      done.set(true);
      assertThat(inserts.get(30, TimeUnit.SECONDS)).isPositive();
    } finally {
      done.set(true);
      background.shutdown();
    }
  }

  @Test
  void list_afterTheCursorsItemIsDeleted_goesOn() {
    Account writer = API.newAccount();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ids.add(0, API.newItem(writer, "{}").field("id"));
    }
    JsonNode first = page(writer, "?limit=3");
    API.delete("/api/items/" + ids.get(2)).as(writer).send().expect(204);

    JsonNode second = page(writer, "?limit=3&cursor=" + encode(first.path("next").asString()));

    assertThat(Json.texts(second.path("items"), "id")).containsExactlyElementsOf(ids.subList(3, 6));
  }

  @Test
  void list_replacedItem_keepsItsPlace() {
    Account writer = API.newAccount();
    String first = API.newItem(writer, "{}").field("id");
    String second = API.newItem(writer, "{}").field("id");
    API.put("/api/items/" + first, Api.item("{\"v\":2}")).as(writer).send().expect(200);

    assertThat(walk(writer, 10)).containsExactly(second, first);
  }

  private static List<String> walk(Account account, int limit) {
    List<String> ids = new ArrayList<>();
    String query = "?limit=" + limit;
    for (int pages = 0; pages < 400; pages++) {
      JsonNode page = page(account, query);
      assertThat(page.path("items").size()).isLessThanOrEqualTo(limit);
      ids.addAll(Json.texts(page.path("items"), "id"));
      if (page.path("next").isNull()) {
        return ids;
      }
      assertThat(page.path("items")).as("a page with a next one is full").hasSize(limit);
      query = "?limit=" + limit + "&cursor=" + encode(page.path("next").asString());
    }
    throw new AssertionError("the list has no end");
  }

  private static JsonNode page(Account account, String query) {
    return API.get("/api/items" + query).as(account).send().expect(200).json();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
