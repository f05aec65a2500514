// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import io.scalingtoolkit.testkit.edge.NginxServer;
import io.scalingtoolkit.testkit.edge.VarnishServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The application behind an nginx and a Varnish that are configured as the guide shows. */
final class EdgeServersIT {
  private static final Path CONFIGURATIONS = Path.of("../../toolkit-cache/src/test/resources/edge");

  // One for each test, as JUnit makes an instance for each.
  private final List<String> arguments =
      new ArrayList<>(List.of("--toolkit.limits.policies.registration.burst=1000"));

  /** How an edge is started: with its configuration, in front of a port. */
  private interface Starter<T> {
    T start(String configuration, int originPort);
  }

  @Test
  void nginx_keepsPicturesAndForgetsThemWhenRemoved() throws IOException {
    require("nginx", NginxServer.unavailable());
    RunningApp app = app();
    try (app;
        NginxServer nginx = start(NginxServer::start, "nginx.conf", app)) {
      restart(app, "nginx", nginx.uri());
      check(app, new Api(nginx.uri().toString().replaceAll("/+$", "")));
    }
  }

  @Test
  void varnish_keepsPicturesAndForgetsThemWhenRemoved() throws IOException {
    require("varnish", VarnishServer.unavailable());
    RunningApp app = app();
    try (app;
        VarnishServer varnish = start(VarnishServer::start, "edge.vcl", app)) {
      restart(app, "varnish", varnish.uri());
      check(app, new Api(varnish.uri().toString().replaceAll("/+$", "")));
    }
  }

  private static void require(String name, Optional<String> unavailable) {
    unavailable.ifPresent(
        reason ->
            LoggerFactory.getLogger(EdgeServersIT.class).warn("{} skipped: {}", name, reason));
    assumeTrue(unavailable.isEmpty(), () -> unavailable.orElse(""));
  }

  private RunningApp app() {
    return RunningApp.on(TestDatabase.ofThisRun(), arguments);
  }

  private static <T> T start(Starter<T> starter, String file, RunningApp app) throws IOException {
    return starter.start(Files.readString(CONFIGURATIONS.resolve(file)), app.port());
  }

  /** Each has to know the other's address, so the application is told with a second start. */
  private void restart(RunningApp app, String kind, URI edge) {
    arguments.add("--app.edge.purger=" + kind);
    arguments.add("--app.edge.url=" + edge);
    arguments.add("--app.edge.site=" + edge);
    app.terminate();
    assertThat(app.awaitExit(Duration.ofSeconds(40))).isNotNegative();
    app.start();
  }

  private static void check(RunningApp app, Api edge) {
    Account account = app.api().newAccount();
    String picture = upload(app, account);
    Answer direct = app.api().get(picture).send().expect(200);
    assertThat(edge.get(picture).send().expect(200).body()).isEqualTo(direct.body());
    Answer kept = edge.get(picture).send().expect(200);
    assertThat(kept.header("X-Cache")).isEqualTo("HIT");
    assertThat(kept.header("Cache-Control")).isEqualTo("public, max-age=3, s-maxage=3600");
    assertThat(kept.header("Surrogate-Key")).isEmpty();
    edge.get("/app.js").send().expect(200);
    assertThat(edge.get("/app.js").send().expect(200).header("X-Cache")).isEqualTo("HIT");

    String item = "/api/items/" + app.api().newItem(account, "{}").field("id");
    for (int i = 0; i < 2; i++) {
      Answer own = edge.get(item).as(account).send().expect(200);
      assertThat(own.header("X-Cache")).isNotEqualTo("HIT");
      assertThat(edge.get(item).send().status()).isEqualTo(401);
    }

    app.api().delete(account.path() + "/avatar").as(account).send().expect(204);
    Awaitility.await()
        .atMost(Duration.ofSeconds(3))
        .until(() -> edge.get(picture).send().status() == 404);
  }

  private static String upload(RunningApp app, Account account) {
    return app.api()
        .call("PUT", account.path() + "/avatar")
        .bytes(Pictures.png(), "image/png")
        .as(account)
        .send()
        .expect(200)
        .json()
        .path("profile")
        .path("avatarUrl")
        .asString();
  }
}
