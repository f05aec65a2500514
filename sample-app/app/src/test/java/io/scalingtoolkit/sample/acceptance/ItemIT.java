// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What an item may hold, its bounds, and its preconditions. */
final class ItemIT {
  private static final int BOUND = 64 * 1024;
  private static final Api API = RunningApp.shared().api();
  private static Account owner = new Account("", "", "", "", "", "");

  @BeforeAll
  static void register() {
    owner = API.newAccount();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"\":0}",
        "{\"a\":{\"b\":[{},[],null,true,false,\"\"]}}",
        "{\"__proto__\":{\"x\":1},\"constructor\":2,\"$ref\":\"#\"}",
        "{\"sql\":\"'; DROP TABLE items; --\",\"like\":\"100%_\\\\\"}",
        "{\"html\":\"<script>alert(1)</script>\",\"crlf\":\"a\\r\\nSet-Cookie: x=1\"}",
        "{\"\u00fc\u00df\":\"\u4f60\u597d \uD83D\uDC69\u200D\uD83D\uDCBB \u202eabc\"}",
        "{\"nfd\":\"e\u0301\",\"nfc\":\"\u00e9\",\"wide\":\"\uff21\"}",
        "{\"escapes\":\"\\u0001\\t\\b\\f\\/\\u2028\"}",
        "{\"path\":\"../../etc/passwd\",\"jndi\":\"${jndi:ldap://127.0.0.1/a}\"}",
        "{\"data\":{\"data\":{\"id\":\"x\",\"userId\":\"y\"}}}"
      })
  void data_anyObject_comesBackUnchanged(String data) {
    Answer created = API.newItem(owner, data);

    assertThat(created.json().path("data")).isEqualTo(Json.parse(data));
    Answer read = API.get("/api/items/" + created.field("id")).as(owner).send().expect(200);
    assertThat(read.json().path("data")).isEqualTo(Json.parse(data));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "123456789012345678901234567890",
        "-9223372036854775809",
        "18446744073709551616",
        "0.1000000000000000055511151231257827",
        "1e400",
        "-1E-400",
        "3.141592653589793238462643383279502884197",
        "100000000000000000000000.5"
      })
  void data_number_staysExact(String number) {
    String id = API.newItem(owner, "{\"n\":" + number + ",\"a\":[" + number + "]}").field("id");

    JsonNode data = API.get("/api/items/" + id).as(owner).send().expect(200).json().path("data");
    JsonNode listed = API.get("/api/items?limit=1").as(owner).send().json().path("items").get(0);

    BigDecimal expected = new BigDecimal(number);
    assertThat(data.path("n").decimalValue()).isEqualByComparingTo(expected);
    assertThat(data.path("a").get(0).decimalValue()).isEqualByComparingTo(expected);
    assertThat(listed.path("data").path("n").decimalValue()).isEqualByComparingTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"n\":1e999999999}", "{\"n\":1e-999999999}", "{\"n\":1e99999999999999999999}"})
  void data_absurdExponent_isKeptOrRefusedButNotExpanded(String data) {
    Answer answer = API.post("/api/items", Api.item(data)).as(owner).send();

    if (answer.status() == 201) {
      Answer read = API.get(answer.header("Location")).as(owner).send().expect(200);
      assertThat(read.text()).hasSizeLessThan(1_000).containsIgnoringCase("e");
      API.delete(answer.header("Location")).as(owner).send().expect(204);
    } else {
      answer.problem(400, 422);
    }
    API.get("/api/items?limit=1").as(owner).send().expect(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"s\":\"a\\u0000b\"}", "{\"s\":\"\\ud800\"}", "{\"\\udc00x\":1}"})
  void data_nulOrLoneSurrogate_isKeptOrRefused(String data) {
    Answer answer = API.post("/api/items", Api.item(data)).as(owner).send();

    if (answer.status() == 201) {
      Answer read = API.get("/api/items/" + answer.field("id")).as(owner).send().expect(200);
      assertThat(read.json().path("data")).isEqualTo(Json.parse(data));
    } else {
      answer.problem(400, 422);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"data\":null}",
        "{\"data\":[]}",
        "{\"data\":\"{}\"}",
        "{\"data\":5}",
        "{\"data\":true}"
      })
  void data_notAnObject_isRefused(String body) {
    API.post("/api/items", body).as(owner).send().problem(422, 400);
    String id = API.newItem(owner, "{\"kept\":1}").field("id");
    API.put("/api/items/" + id, body).as(owner).send().problem(422, 400);
    Answer after = API.get("/api/items/" + id).as(owner).send().expect(200);
    assertThat(after.json().path("data")).isEqualTo(Json.parse("{\"kept\":1}"));
  }

  @Test
  void data_missing_is422NamingIt() {
    API.post("/api/items", "{}").as(owner).send().problem(422).naming("data");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"data\":{},\"id\":\"00000000-0000-7000-8000-000000000000\"}",
        "{\"data\":{},\"userId\":\"00000000-0000-7000-8000-000000000000\"}",
        "{\"data\":{},\"createdAt\":\"2020-01-01T00:00:00Z\"}",
        "{\"data\":{},\"data\":{}}",
        "{\"data\":{\"a\":1,\"a\":2}}",
        "{\"data\":{\"deep\":{\"a\":1,\"b\":2,\"a\":3}}}"
      })
  void body_unknownOrDuplicateField_is400(String body) {
    API.post("/api/items", body).as(owner).send().problem(400);
  }

  @Test
  void data_size_isBoundedExactly() {
    Answer largest = API.post("/api/items", Api.item(ofSize(BOUND))).as(owner).send();
    assertThat(largest.expect(201).json().path("data").path("s").asString())
        .hasSize(BOUND - "{\"s\":\"\"}".length());
    API.post("/api/items", Api.item(ofSize(BOUND + 1))).as(owner).send().problem(413, 422);

    String path = "/api/items/" + largest.field("id");
    API.put(path, Api.item(ofSize(BOUND + 1))).as(owner).send().problem(413, 422);
    API.put(path, Api.item(ofSize(BOUND))).as(owner).send().expect(200);

    String wide = "{\"s\":\"" + "\u4f60".repeat(22_000) + "\"}";
    API.post("/api/items", Api.item(wide)).as(owner).send().problem(413, 422);
  }

  @Test
  void data_depth_isBoundedExactly() {
    API.newItem(owner, nested(32));

    API.post("/api/items", Api.item(nested(33))).as(owner).send().problem(400, 422);
    API.post("/api/items", Api.item(nested(9_000))).as(owner).send().problem(400, 422);
    String arrays = "{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}";
    API.post("/api/items", Api.item(arrays)).as(owner).send().problem(400, 422);
    API.post("/api/items", "{\"data\":" + "[".repeat(50_000)).as(owner).send().problem(400, 422);
  }

  @Test
  void data_manyFields_comeBackInOrder() {
    StringBuilder data = new StringBuilder("{");
    for (int i = 0; i < 3_000; i++) {
      data.append(i == 0 ? "" : ",").append("\"k").append(i * 7919 % 3_000).append("\":").append(i);
    }
    String text = data.append('}').toString();

    Answer created = API.newItem(owner, text);

    assertThat(created.json().path("data").propertyNames())
        .containsExactlyElementsOf(Json.parse(text).propertyNames());
  }

  @Test
  void replace_preconditions_areKept() {
    Answer item = API.newItem(owner, "{\"v\":0}");
    String path = "/api/items/" + item.field("id");
    String first = item.etag();
    Answer second = API.put(path, Api.item("{\"v\":1}")).as(owner).header("If-Match", first).send();
    second.expect(200);

    for (String stale : List.of(first, "W/" + second.etag(), "\"nonsense\"", "\"\"")) {
      API.put(path, Api.item("{\"v\":2}")).as(owner).header("If-Match", stale).send().problem(412);
      API.delete(path).as(owner).header("If-Match", stale).send().problem(412);
    }
    for (String garbage : List.of("nonsense", "\"open", ",", "W/")) {
      API.put(path, Api.item("{\"v\":2}"))
          .as(owner)
          .header("If-Match", garbage)
          .send()
          .problem(400, 412);
    }
    Answer kept = API.get(path).as(owner).send().expect(200);
    assertThat(kept.json()).isEqualTo(second.json());

    API.put(path, Api.item("{\"v\":3}")).as(owner).header("If-Match", "*").send().expect(200);
    API.delete(path).as(owner).header("If-Match", "*").send().expect(204);
    API.put(path, Api.item("{\"v\":4}")).as(owner).header("If-Match", "*").send().problem(404, 412);
    API.get(path).as(owner).send().problem(404);
  }

  @Test
  void replace_sameContent_stillChangesTheEtagOrKeepsBoth() {
    Answer item = API.newItem(owner, "{\"v\":0}");

    Answer again =
        API.put("/api/items/" + item.field("id"), Api.item("{\"v\":0}")).as(owner).send();

    boolean sameTag = again.expect(200).etag().equals(item.etag());
    boolean sameBody = again.json().equals(item.json());
    assertThat(sameTag).as("an ETag stands for one representation").isEqualTo(sameBody);
  }

  @Test
  void replace_manyAtOnceWithoutPrecondition_leavesOneOfThem() throws Exception {
    Answer item = API.newItem(owner, "{\"v\":-1}");
    String path = "/api/items/" + item.field("id");

    List<Answer> answers =
        Together.run(16, i -> () -> API.put(path, Api.item("{\"v\":" + i + "}")).as(owner).send());

    answers.forEach(answer -> answer.expect(200));
    assertThat(answers.stream().map(Answer::etag).distinct()).hasSize(16);
    Answer last = API.get(path).as(owner).send().expect(200);
    Answer winner =
        answers.stream().filter(a -> a.etag().equals(last.etag())).findFirst().orElseThrow();
    assertThat(winner.json()).isEqualTo(last.json());
  }

  @Test
  void delete_manyAtOnce_succeedsOnce() throws Exception {
    String path = "/api/items/" + API.newItem(owner, "{}").field("id");

    List<Answer> answers = Together.run(16, i -> () -> API.delete(path).as(owner).send());

    assertThat(answers).filteredOn(answer -> answer.status() == 204).hasSize(1);
    answers.stream().filter(answer -> answer.status() != 204).forEach(a -> a.problem(404));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abc",
        "1",
        "00000000-0000-7000-8000-000000000000",
        "null",
        "..",
        "'%20OR%201=1--",
        "00000000-0000-7000-8000-00000000000000000000",
        "%F0%9F%98%80"
      })
  void item_unknownId_is404(String id) {
    API.get("/api/items/" + id).as(owner).send().problem(400, 404);
    API.put("/api/items/" + id, Api.item("{}")).as(owner).send().problem(400, 404);
    API.delete("/api/items/" + id).as(owner).send().problem(400, 404);
  }

  private static String ofSize(int bytes) {
    return "{\"s\":\"" + "x".repeat(bytes - "{\"s\":\"\"}".length()) + "\"}";
  }

  private static String nested(int levels) {
    return "{\"a\":".repeat(levels - 1) + "{}" + "}".repeat(levels - 1);
  }
}
