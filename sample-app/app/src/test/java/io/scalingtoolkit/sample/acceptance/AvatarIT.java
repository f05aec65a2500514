// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Avatar pictures: types, bounds, life time, and the folder they lie in. */
final class AvatarIT {
  private static final int BOUND = 1024 * 1024;
  private static final RunningApp APP = RunningApp.shared();
  private static final Api API = APP.api();
  private static Account account = new Account("", "", "", "", "", "");

  @BeforeAll
  static void register() {
    account = API.newAccount();
  }

  static Stream<Arguments> pictures() {
    return Stream.of(
        Arguments.of("image/png", Pictures.png()),
        Arguments.of("image/jpeg", Pictures.jpeg()),
        Arguments.of("image/webp", Pictures.webp()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pictures")
  void upload_allowedType_isServedAsItIs(String type, byte[] picture) {
    String url = upload(picture, type);

    Answer served = API.get(url).send().expect(200);
    assertThat(served.body()).isEqualTo(picture);
    assertThat(served.header("Content-Type")).isEqualTo(type);
    assertThat(served.header("Cache-Control")).isEqualTo("public, max-age=3, s-maxage=3");
    assertThat(served.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(url).doesNotContain(account.username()).contains("/avatars/");
    if (!served.header("ETag").isEmpty()) {
      API.get(url).header("If-None-Match", served.header("ETag")).send().expect(304);
    }
  }

  @Test
  void upload_replaced_servesTheNewOneOnly() {
    String first = upload(Pictures.png(), "image/png");
    byte[] picture = Pictures.jpeg();

    String second = upload(picture, "image/jpeg");

    assertThat(second).isNotEqualTo(first);
    API.get(first).send().problem(404);
    assertThat(API.get(second).send().expect(200).body()).isEqualTo(picture);
  }

  @Test
  void upload_changesTheUser() {
    Account own = API.newAccount();
    Answer before = API.get(own.path()).as(own).send();
    assertThat(before.json().path("profile").path("avatarUrl").isString()).isFalse();

    Answer after = put(own, Pictures.png(), "image/png").expect(200);

    assertThat(after.field("id")).isEqualTo(own.id());
    Answer read = API.get(own.path()).as(own).send().expect(200);
    assertThat(read.json()).isEqualTo(after.json());
    assertThat(read.etag()).isNotEqualTo(before.etag());
  }

  @Test
  void update_ofTheUser_keepsTheAvatar() {
    Account own = API.newAccount();
    String url = avatarUrl(put(own, Pictures.png(), "image/png").expect(200));
    String body =
        Json.object(
            "email", own.email(),
            "username", own.username(),
            "profile", Json.raw("{\"name\":\"New Name\"}"));

    Answer updated = API.put(own.path(), body).as(own).send().expect(200);

    assertThat(avatarUrl(updated)).isEqualTo(url);
    API.get(url).send().expect(200);
  }

  @Test
  void delete_avatar_removesTheFileAndTheAddress() {
    Account own = API.newAccount();
    String url = avatarUrl(put(own, Pictures.png(), "image/png").expect(200));

    API.delete(own.path() + "/avatar").as(own).send().expect(204);

    API.get(url).send().problem(404);
    JsonNode profile = API.get(own.path()).as(own).send().json().path("profile");
    assertThat(profile.path("avatarUrl").isString()).isFalse();
    Answer again = API.delete(own.path() + "/avatar").as(own).send();
    assertThat(again.status()).isIn(204, 404);
  }

  static Stream<Arguments> fakes() {
    byte[] html = "<html><script>alert(1)</script></html>".getBytes(StandardCharsets.UTF_8);
    String svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    return Stream.of(
        Arguments.of("html as png", html, "image/png"),
        Arguments.of("html", html, "text/html"),
        Arguments.of("svg", svg.getBytes(StandardCharsets.UTF_8), "image/svg+xml"),
        Arguments.of("svg as png", svg.getBytes(StandardCharsets.UTF_8), "image/png"),
        Arguments.of("gif", "GIF89a\1\0\1\0".getBytes(StandardCharsets.UTF_8), "image/gif"),
        Arguments.of(
            "gif as jpeg", "GIF89a\1\0\1\0".getBytes(StandardCharsets.UTF_8), "image/jpeg"),
        Arguments.of("three bytes", Arrays.copyOf(Pictures.png(), 3), "image/png"),
        Arguments.of(
            "riff that is no picture",
            "RIFF\4\0\0\0WAVE".getBytes(StandardCharsets.UTF_8),
            "image/webp"),
        Arguments.of("zip", new byte[] {0x50, 0x4b, 3, 4, 0, 0}, "image/png"),
        Arguments.of("zeros", new byte[1000], "image/png"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("fakes")
  void upload_notAPicture_is415OrRefused(String name, byte[] content, String type) {
    assertThat(name).isNotEmpty();
    String before = upload(Pictures.png(), "image/png");

    put(account, content, type).problem(415, 422, 400);

    assertThat(avatarUrl(API.get(account.path()).as(account).send())).isEqualTo(before);
    API.get(before).send().expect(200);
  }

  @Test
  void upload_nothing_isRefused() {
    put(account, new byte[0], "image/png").problem(400, 415, 422);
  }

  @Test
  void upload_typeOfTheHeaderIsWrong_neverDecidesWhatIsServed() {
    Answer answer = put(account, Pictures.png(), "image/jpeg");
    if (answer.status() == 200) {
      assertThat(API.get(avatarUrl(answer)).send().header("Content-Type")).isEqualTo("image/png");
    } else {
      answer.problem(415, 422);
    }
    Answer html = put(account, Pictures.png(), "text/html");
    if (html.status() == 200) {
      assertThat(API.get(avatarUrl(html)).send().header("Content-Type")).isEqualTo("image/png");
    } else {
      html.problem(415, 422);
    }
  }

  @Test
  void upload_size_isBoundedExactly() {
    byte[] largest = Pictures.png(BOUND);
    String url = upload(largest, "image/png");
    assertThat(API.get(url).send().body()).isEqualTo(largest);

    byte[] tooLarge = Pictures.png(BOUND + 1);
    put(account, tooLarge, "image/png").problem(413);
    Answer chunked =
        API.call("PUT", account.path() + "/avatar")
            .chunked(tooLarge, "image/png")
            .as(account)
            .send();
    chunked.problem(413);

    assertThat(API.get(url).send().body()).isEqualTo(largest);
  }

  @Test
  void upload_chunkedWithinTheBound_isAccepted() {
    byte[] picture = Pictures.png(200_000);

    Answer answer =
        API.call("PUT", account.path() + "/avatar")
            .chunked(picture, "image/png")
            .as(account)
            .send();

    assertThat(API.get(avatarUrl(answer.expect(200))).send().body()).isEqualTo(picture);
  }

  @Test
  void upload_manyAtOnce_leavesOneThatIsServed() throws Exception {
    Account own = API.newAccount();

    List<Answer> answers =
        Together.run(12, i -> () -> put(own, Pictures.png(2_000 + i), "image/png"));

    answers.forEach(answer -> assertThat(answer.status()).isIn(200, 409, 412, 503));
    String last = avatarUrl(API.get(own.path()).as(own).send().expect(200));
    API.get(last).send().expect(200);
    for (Answer answer : answers) {
      if (answer.status() == 200 && !avatarUrl(answer).equals(last)) {
        API.get(avatarUrl(answer)).send().problem(404);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/avatars/",
        "/avatars/unknown.png",
        "/avatars/../app.db",
        "/avatars/../../etc/passwd",
        "/avatars/..%2fapp.db",
        "/avatars/..%2Fkeys%2F",
        "/avatars/%2e%2e/app.db",
        "/avatars/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/avatars/%252e%252e%252fapp.db",
        "/avatars/..%5capp.db",
        "/avatars/..;/app.db",
        "/avatars/....//app.db",
        "/avatars//etc/passwd",
        "/avatars/%2fetc%2fpasswd",
        "/avatars/%00.png",
        "/avatars/..%c0%afapp.db",
        "/avatars/%uff0e%uff0e/app.db",
        "/avatars/file:%2f%2f%2fetc%2fpasswd",
        "/..%2f..%2fapp.db",
        "/static/../../app.db",
        "/%2e%2e/%2e%2e/app.db",
        "/WEB-INF/web.xml",
        "/META-INF/MANIFEST.MF",
        "/application.yml",
        "/../application.yml",
        "/.git/config"
      })
  void path_thatClimbsOut_showsNothing(String path) throws Exception {
    String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    String answer = RawHttp.exchange(APP.port(), request);

    assertThat(RawHttp.status(answer)).as(answer).isIn(400, 401, 403, 404);
    assertThat(answer).doesNotContain("SQLite format", "root:", "PRIVATE KEY", "spring:");
    assertThat(answer).doesNotContain("Exception", "Tomcat", "org.");
  }

  @Test
  void served_methodsOtherThanRead_areRefused() {
    String url = upload(Pictures.png(), "image/png");

    API.call("PUT", url).bytes(Pictures.png(), "image/png").as(account).send().problem(405, 404);
    API.delete(url).as(account).send().problem(405, 404);
    API.get(url).send().expect(200);
  }

  private static String upload(byte[] picture, String type) {
    return avatarUrl(put(account, picture, type).expect(200));
  }

  private static Answer put(Account owner, byte[] content, String type) {
    return API.call("PUT", owner.path() + "/avatar").bytes(content, type).as(owner).send();
  }

  private static String avatarUrl(Answer user) {
    String url = user.json().path("profile").path("avatarUrl").asString();
    assertThat(url).isNotBlank();
    return url;
  }
}
