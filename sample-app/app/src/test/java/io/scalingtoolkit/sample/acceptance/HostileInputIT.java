// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no friendly client would send, to every kind of call. */
final class HostileInputIT {
  private static final int BODY_BOUND = 128 * 1024;
  private static final RunningApp APP = RunningApp.shared();
  private static final Api API = APP.api();
  private static Account account = new Account("", "", "", "", "", "");
  private static String item = "";

  @BeforeAll
  static void register() {
    account = API.newAccount();
    item = "/api/items/" + API.newItem(account, "{}").field("id");
  }

  /** Method and path of every call that takes a JSON body. */
  static Stream<Arguments> callsWithBody() {
    return Stream.of(
        Arguments.of("POST", "/api/users"),
        Arguments.of("PUT", account.path()),
        Arguments.of("PUT", account.path() + "/password"),
        Arguments.of("POST", "/api/sessions"),
        Arguments.of("POST", "/api/sessions/refresh"),
        Arguments.of("POST", "/api/items"),
        Arguments.of("PUT", item));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("callsWithBody")
  void body_malformed_is400(String method, String path) {
    List<String> bodies =
        List.of(
            "",
            " ",
            "{",
            "{}}",
            "{} {}",
            "{\"data\":}",
            "{'data':{}}",
            "{data:{}}",
            "{\"data\":{},}",
            "{\"data\":NaN}",
            "{\"data\":{\"n\":01}}",
            "{\"data\":{\"n\":+1}}",
            "{\"data\":{\"n\":.5}}",
            "{\"data\":{\"s\":\"a\nb\"}}",
            "{\"data\":{\"s\":\"\\x\"}}",
            "/* */ {}",
            "nul",
            "[]",
            "null",
            "7",
            "\"text\"",
            "<xml/>",
            "{\"data\":{}}\u0000",
            "[".repeat(100_000),
            "{\"a\":".repeat(20_000),
            "{\"unknown\":1}");
    for (String body : bodies) {
      Answer answer = API.call(method, path).json(body).as(account).send();
      answer.problem(400);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("callsWithBody")
  void body_brokenUtf8_is400(String method, String path) {
    List<byte[]> broken =
        List.of(
            new byte[] {(byte) 0xc3, (byte) 0x28},
            new byte[] {(byte) 0xff},
            new byte[] {(byte) 0xc0, (byte) 0xaf},
            new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            new byte[] {(byte) 0xe4, (byte) 0xbd});
    for (byte[] bytes : broken) {
      byte[] body = around("{\"data\":{\"s\":\"", bytes, "\"}}");
      API.call(method, path).bytes(body, "application/json").as(account).send().problem(400);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("callsWithBody")
  void body_tooLarge_is413HoweverItIsSent(String method, String path) {
    byte[] body =
        ("{\"data\":{\"s\":\"" + "x".repeat(BODY_BOUND) + "\"}}").getBytes(StandardCharsets.UTF_8);

    API.call(method, path).bytes(body, "application/json").as(account).send().problem(413);
    API.call(method, path).chunked(body, "application/json").as(account).send().problem(413);
    byte[] spaces = ("{}" + " ".repeat(BODY_BOUND)).getBytes(StandardCharsets.UTF_8);
    API.call(method, path).chunked(spaces, "application/json").as(account).send().problem(413);
  }

  /**
   * Other spellings of a path, and an identifier that looks like the one call without the limit.
   */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "POST, /%61pi/users",
    "POST, /api/%75sers",
    "POST, /%61pi/sessions",
    "POST, /%61pi/items",
    "PUT, /api/items/avatar",
    "PUT, /api/users/avatar"
  })
  void body_tooLargeOnADisguisedPath_is413(String method, String path) {
    byte[] body =
        ("{\"data\":{\"s\":\"" + "x".repeat(BODY_BOUND) + "\"}}").getBytes(StandardCharsets.UTF_8);

    API.call(method, path).bytes(body, "application/json").as(account).send().problem(413);
    API.call(method, path).chunked(body, "application/json").as(account).send().problem(413);
  }

  @ParameterizedTest
  @ValueSource(strings = {"?limit=%ff", "?cursor=%c3%28", "?limit=5&other=%ff"})
  void query_brokenUtf8_is400(String query) {
    API.get("/api/items" + query).as(account).send().problem(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v0", "v2", "v1000", "v99999999999999999999"})
  void version_unknown_is400(String version) {
    API.get("/api/" + version + "/items").as(account).send().problem(400);
  }

  @Test
  void body_declaredHuge_isRefusedBeforeItIsSent() throws Exception {
    for (String length : List.of("10000000000", "131073")) {
      String request =
          "POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
              + "Content-Type: application/json\r\nContent-Length: "
              + length
              + "\r\n\r\n{";
      try (RawHttp raw = RawHttp.connect(APP.port())) {
        raw.send(request);
        assertThat(RawHttp.status(raw.readHead())).isEqualTo(413);
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("callsWithBody")
  void body_wrongMediaType_is415(String method, String path) {
    byte[] body = "{\"data\":{}}".getBytes(StandardCharsets.UTF_8);
    for (String type :
        List.of(
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/octet-stream",
            "application/merge-patch+json")) {
      API.call(method, path).bytes(body, type).as(account).send().problem(415);
    }
    for (String type : List.of("", "nonsense", "application/json; charset=no-such")) {
      API.call(method, path).bytes(body, type).as(account).send().problem(415, 400);
    }
  }

  @Test
  void body_mediaTypeWithCharset_isAccepted() {
    for (String type : List.of("application/json; charset=utf-8", "APPLICATION/JSON")) {
      byte[] body = "{\"data\":{\"s\":\"\u00fc\"}}".getBytes(StandardCharsets.UTF_8);
      API.call("POST", "/api/items").bytes(body, type).as(account).send().expect(201);
    }
  }

  static Stream<Arguments> wrongMethods() {
    return Stream.of(
        Arguments.of("GET", "/api/sessions"),
        Arguments.of("PUT", "/api/sessions"),
        Arguments.of("GET", "/api/sessions/refresh"),
        Arguments.of("GET", "/api/sessions/current"),
        Arguments.of("PATCH", account.path()),
        Arguments.of("POST", account.path()),
        Arguments.of("GET", account.path() + "/password"),
        Arguments.of("POST", account.path() + "/export"),
        Arguments.of("POST", account.path() + "/avatar"),
        Arguments.of("PUT", "/api/items"),
        Arguments.of("DELETE", "/api/items"),
        Arguments.of("PATCH", item),
        Arguments.of("POST", item));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("wrongMethods")
  void method_notOfTheContract_is405(String method, String path) {
    Answer answer = API.call(method, path).json("{}").as(account).send();

    answer.problem(405);
    assertThat(answer.header("Allow")).isNotBlank().doesNotContain(method);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api",
        "/api/",
        "/api/nothing",
        "/api/users/",
        "/api/items/",
        "/nothing",
        "/api/v1",
        "/api/v1/nothing",
        "/api/admin",
        "/h2-console",
        "/actuator/nothing",
        "/api/sessions/other",
        "/API/ITEMS"
      })
  void path_unknown_is404(String path) {
    API.get(path).as(account).send().problem(404, 405);
    API.get(path).send().problem(404, 401, 405);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/xml", "text/html", "image/png"})
  void accept_unacceptable_is406AsProblem(String accept) {
    API.get(item).as(account).header("Accept", accept).send().problem(406);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/xml", "text/html", "image/png", "garbage", "*/*;q=2"})
  void accept_anything_stillGivesErrorsAsProblems(String accept) {
    API.get("/api/items/none").as(account).header("Accept", accept).send().problem(404, 406, 400);
    API.get(item).header("Accept", accept).send().problem(401, 406);
    API.get("/api/nothing").as(account).header("Accept", accept).send().problem(404, 406);
  }

  @Test
  void accept_browsersDefault_isServed() {
    String accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    API.get(item).as(account).header("Accept", accept).send().expect(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GARBAGE\r\n\r\n",
        "GET\r\n\r\n",
        "GET /api/items\u0000 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /api/<items> HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /api/items?q=%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        "POST /api/items HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
        "POST /api/items HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        "POST /api/items HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /api/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "GET http://elsewhere.example/api/items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "TRACE /api/items HTTP/1.1\r\nHost: a\r\nX-Secret: mirror\r\nConnection: close\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/9.9\r\nHost: a\r\nConnection: close\r\n\r\n"
      })
  void http_malformed_isRefusedWithoutInternals(String request) throws Exception {
    String answer = RawHttp.exchange(APP.port(), request);

    assertThat(RawHttp.status(answer)).as(answer).isBetween(400, 505).isNotEqualTo(500);
    assertThat(answer).doesNotContain("Exception", "Tomcat", "org.", "java.", "mirror");
  }

  @Test
  void http_bothLengthAndChunked_isNeverReadAsTwoRequests() throws Exception {
    String request =
        "POST /api/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            + "Content-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "0\r\n\r\nGET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n"
            + "Connection: close\r\n\r\n";

    String answer = RawHttp.exchange(APP.port(), request);

    assertThat(RawHttp.status(answer)).isEqualTo(400);
    assertThat(answer).doesNotContain("\"keys\"");
  }

  @Test
  void http_hugeHeader_isRefused() throws Exception {
    String huge = "X-Huge: " + "h".repeat(60_000);
    String request =
        "GET /api/items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + huge + "\r\n\r\n";

    String answer = RawHttp.exchange(APP.port(), request);

    assertThat(RawHttp.status(answer)).isIn(400, 401, 431);
    assertThat(answer).doesNotContain("Exception", "org.");
  }

  @Test
  void http_veryLongPath_isRefused() {
    Answer answer = API.get("/api/items/" + "a".repeat(5_000)).as(account).send();

    assertThat(answer.status()).isIn(400, 404, 414);
    answer.withoutInternals();
  }

  @Test
  void http_methodOverride_isIgnored() {
    API.post(item, "{}").header("X-HTTP-Method-Override", "DELETE").as(account).send().problem(405);
    API.get(item + "?_method=DELETE").as(account).send().expect(200);
  }

  @Test
  void http_forwardedHeaders_doNotChangeWhereItemsAre() {
    Answer created =
        API.post("/api/items", Api.item("{}"))
            .as(account)
            .header("X-Forwarded-Host", "evil.example")
            .header("X-Forwarded-Prefix", "/evil")
            .header("Forwarded", "host=evil.example")
            .send();

    assertThat(created.expect(201).header("Location")).doesNotContain("evil");
  }

  @Test
  void trailingNoise_inPaths_isNotAnotherWayIn() {
    for (String path :
        List.of(item + "/", item + ".json", item + ";x=1", "//api/items", item + "%20")) {
      Answer answer = API.get(path).send();
      assertThat(answer.status()).as(path).isIn(400, 401, 404);
    }
  }

  private static byte[] around(String before, byte[] middle, String after) {
    byte[] head = before.getBytes(StandardCharsets.UTF_8);
    byte[] tail = after.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[head.length + middle.length + tail.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(middle, 0, all, head.length, middle.length);
    System.arraycopy(tail, 0, all, head.length + middle.length, tail.length);
    return all;
  }
}
