// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a cache in front may keep, and what it is told. */
final class EdgeIT {
  private static final List<String> PURGED = new CopyOnWriteArrayList<>();

  private static HttpServer cdn;
  private static RunningApp app;
  private static Api api;

  @BeforeAll
  static void start() throws IOException {
    cdn = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cdn.createContext(
        "/",
        call -> {
          PURGED.add(call.getRequestHeaders().getFirst("Surrogate-Key"));
          call.sendResponseHeaders(
              "secret".equals(call.getRequestHeaders().getFirst("Cdn-Key")) ? 200 : 401, -1);
          call.close();
        });
    cdn.start();
    app =
        RunningApp.on(
            TestDatabase.ofThisRun(),
            List.of(
                "--app.edge.purger=http",
                "--app.edge.url=http://127.0.0.1:" + cdn.getAddress().getPort() + "/purge",
                "--app.edge.headers.Cdn-Key=secret"));
    api = app.api();
  }

  @AfterAll
  static void stop() {
    app.close();
    cdn.stop(0);
  }

  private static String upload(Account account, byte[] picture) {
    return api.call("PUT", account.path() + "/avatar")
        .bytes(picture, "image/png")
        .as(account)
        .send()
        .expect(200)
        .json()
        .path("profile")
        .path("avatarUrl")
        .asString();
  }

  private static void assertPurged(String tag) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> PURGED.stream().anyMatch(tags -> List.of(tags.split(" ")).contains(tag)));
  }

  @Test
  void picture_isKeptForAnHourAndForgottenWhenReplacedRemovedOrItsOwnerDeleted() {
    Account account = api.newAccount();
    String first = upload(account, Pictures.png());
    Answer served = api.get(first).send().expect(200);
    String name = first.replace("/avatars/", "");
    assertThat(served.header("CDN-Cache-Control")).isEqualTo("max-age=3600");
    assertThat(served.header("Cache-Control")).isEqualTo("public, max-age=3, s-maxage=3600");
    assertThat(served.header("Surrogate-Key")).isEqualTo("avatar-" + name);
    assertThat(served.header("Set-Cookie")).isEmpty();
    api.get(first).header("If-None-Match", served.etag()).send().expect(304);
    api.get("/avatars/" + "0".repeat(32) + ".png").send().problem(404);
    assertThat(PURGED).noneMatch(tags -> tags.contains(name));

    String second = upload(account, Pictures.png());
    assertPurged("avatar-" + name);
    api.get(first).send().problem(404);

    api.delete(account.path() + "/avatar").as(account).send().expect(204);
    assertPurged("avatar-" + second.replace("/avatars/", ""));

    String third = upload(account, Pictures.png());
    api.delete(account.path()).as(account).send().expect(204);
    assertPurged("avatar-" + third.replace("/avatars/", ""));
  }

  @Test
  void picture_whoseChangeIsRefused_isNotForgotten() {
    Account account = api.newAccount();
    String kept = upload(account, Pictures.png()).replace("/avatars/", "");

    api.call("PUT", account.path() + "/avatar")
        .bytes(Pictures.png(), "image/png")
        .as(account)
        .header("If-Match", "\"77\"")
        .send()
        .problem(412);

    // Purges are sent in their order, so the next one says that this one was not.
    Account other = api.newAccount();
    String removed = upload(other, Pictures.png()).replace("/avatars/", "");
    api.delete(other.path() + "/avatar").as(other).send().expect(204);
    assertPurged("avatar-" + removed);
    assertThat(PURGED).noneMatch(tags -> tags.contains(kept));
    api.get("/avatars/" + kept).send().expect(200);
  }

  @Test
  void staticFiles_areKeptForAnHourAndForgottenAtTheStart() {
    assertPurged("static");
    for (String path : List.of("/", "/index.html", "/app.js", "/style.css", "/icon.svg")) {
      Answer served = api.get(path).send().expect(200);
      assertThat(served.header("CDN-Cache-Control")).as(path).isEqualTo("max-age=3600");
      assertThat(served.header("Surrogate-Key")).as(path).isEqualTo("static");
      assertThat(served.header("Set-Cookie")).as(path).isEmpty();
      assertThat(served.header("X-Content-Type-Options")).as(path).isEqualTo("nosniff");
      String tag = served.header("ETag");
      Answer again = api.get(path).header("If-None-Match", tag).send().expect(304);
      assertThat(again.body()).as(path).isEmpty();
    }
    assertThat(api.get("/nothing.js").send().header("CDN-Cache-Control")).isEmpty();
  }

  @Test
  void answersOfTheApi_staySomebodysOwn() {
    Account account = api.newAccount();
    Answer item = api.newItem(account, "{}");
    String path = "/api/items/" + item.field("id");
    for (String own : List.of(path, "/api/items", account.path(), account.path() + "/export")) {
      Answer answer = api.get(own).as(account).send().expect(200);
      assertThat(answer.header("Cache-Control")).as(own).containsAnyOf("private", "no-store");
      assertThat(answer.header("CDN-Cache-Control")).as(own).isEmpty();
      assertThat(answer.header("Surrogate-Key")).as(own).isEmpty();
    }
    Answer withToken = api.get("/app.js").as(account).send().expect(200);
    assertThat(withToken.header("Cache-Control")).isEqualTo("private, no-store");
    assertThat(withToken.header("Surrogate-Key")).isEmpty();
  }
}
