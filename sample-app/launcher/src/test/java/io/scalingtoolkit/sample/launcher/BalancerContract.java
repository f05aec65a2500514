// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every load balancer does, whichever {@code --lb} names. */
abstract class BalancerContract extends BalancerFixture {

  private static final String PROBLEM = "application/problem+json";

  BalancerContract(BalancerKind kind) {
    super(kind);
  }

  @Test
  void requests_twoInstances_areSpreadEvenly() {
    for (int i = 0; i < 40; i++) {
      get("/spread");
    }

    assertThat(frail.hits("/spread")).isBetween(15, 25);
    assertThat(stable.hits("/spread")).isBetween(15, 25);
  }

  @Test
  void get_instanceDiesAndComesBack_noneFails() throws Exception {
    Load load = new Load(2000);
    try (load) {
      load.awaitDone(400);
      frail.kill();
      load.awaitDone(1200);
      frail.listen();
      load.awaitDone(2000);
    }

    assertThat(load.failures).isEmpty();
    assertThat(load.done.get()).isGreaterThanOrEqualTo(2000);
    await().atMost(10, TimeUnit.SECONDS).until(() -> get("/who").body().equals("" + frail.port()));
  }

  @Test
  void get_instanceFailsWithoutAnAnswer_isAnsweredByAnother() {
    for (int i = 0; i < 6; i++) {
      assertThat(get("/die-frail").body()).isEqualTo("alive");
    }
    assertThat(frail.hits("/die-frail")).isPositive();
  }

  @Test
  void post_instanceFailsWithoutAnAnswer_isNotRepeated() throws Exception {
    String answer =
        RawHttp.send(
            port,
            "POST /die HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");

    assertThat(answer).startsWith("HTTP/1.1 502").containsIgnoringCase("type: " + PROBLEM);
    assertThat(frail.hits("/die") + stable.hits("/die")).isEqualTo(1);
  }

  @Test
  void post_instanceRefusesConnections_goesToAnother() throws Exception {
    balancer.update(List.of(UpstreamServer.freePort(), stable.port()));

    for (int i = 1; i <= 20; i++) {
      assertThat(post("/sum", "abc").statusCode()).isEqualTo(200);
      assertThat(stable.hits("/sum")).isEqualTo(i);
    }
  }

  @Test
  void readiness_instanceSaysNo_getsNothing() {
    frail.ready(false);

    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () -> {
              int before = frail.hits("/unready");
              for (int i = 0; i < 6; i++) {
                get("/unready");
              }
              return frail.hits("/unready") == before;
            });
    assertThat(get("/who").body()).isEqualTo("" + stable.port());
  }

  @Test
  void headers_clientClaimsToBeSomebody_buysNothing() throws Exception {
    String answer =
        RawHttp.send(
            port,
            "GET /headers HTTP/1.1\r\nHost: shop.example:81\r\nConnection: close, X-Forwarded-For\r\n"
                + "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 7.7.7.7\r\n"
                + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\n"
                + "Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nTrue-Client-IP: 6.6.6.6\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 200");
    Map<String, List<String>> seen = theHeaders();
    assertThat(seen.get("X-forwarded-for")).containsExactly("127.0.0.1");
    assertThat(seen.get("X-forwarded-proto")).containsExactly("http");
    assertThat(seen.get("Host")).containsExactly("shop.example:81");
    assertThat(seen)
        .doesNotContainKeys(
            "Forwarded", "X-real-ip", "X-forwarded-host", "X-forwarded-port", "True-client-ip");
  }

  @Test
  void headers_ofTheApplication_areUntouched() throws Exception {
    String answer =
        RawHttp.send(
            port,
            "GET /headers?a=%20b&c&&d=e=f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + "Cookie: s=1; t=\"2\"\r\nIf-None-Match: W/\"a;b\", \"c\"\r\n"
                + "Idempotency-Key: \"k-1\"\r\nAuthorization: Bearer a.b.c\r\n"
                + "Content-Type: application/json\r\nAccept-Encoding: gzip;q=0.5\r\n\r\n");

    Map<String, List<String>> seen = theHeaders();
    assertThat(seen.get("Cookie")).containsExactly("s=1; t=\"2\"");
    assertThat(seen.get("If-none-match")).containsExactly("W/\"a;b\", \"c\"");
    assertThat(seen.get("Idempotency-key")).containsExactly("\"k-1\"");
    assertThat(seen.get("Authorization")).containsExactly("Bearer a.b.c");
    assertThat(seen.get("Content-type")).containsExactly("application/json");
    assertThat(seen.get("Accept-encoding")).containsExactly("gzip;q=0.5");
    assertThat(answer.lines().map(String::toLowerCase))
        .contains(
            "etag: w/\"a;b\"",
            "set-cookie: a=1; path=/; httponly",
            "set-cookie: b=\"2\"; samesite=lax");
    assertThat(answer.toLowerCase().split("\r\ndate:", -1)).hasSizeLessThanOrEqualTo(2);
  }

  private Map<String, List<String>> theHeaders() {
    List<Map<String, List<String>>> all = new ArrayList<>(frail.headers());
    all.addAll(stable.headers());
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/actuator",
        "/actuator/",
        "/actuator/env",
        "/actuator/prometheus?x=1",
        "/Actuator/env",
        "/%61ctuator/env",
        "/actuato%72",
        "//actuator/env",
        "/./actuator/env",
        "/%2e/actuator/env",
        "/x/../actuator/env",
        "/x/%2e%2E/actuator/env",
        "/x/..;/actuator/env",
        "/;a=b/actuator/env",
        "/actuator;a=b/env",
        "/actuator/health/../env",
        "/actuator/health/..%2fenv",
        "/actuator/health/%2e%2e/env",
        "/actuator/health/..;/env",
        "/%2factuator/env",
        "/actuator%2fenv",
        "/\\actuator/env",
        "/%5cactuator/env",
        "/actuator%00/env",
        "http://localhost/actuator/env",
        "http://localhost//actuator/env",
        "/x//../actuator"
      })
  void actuator_howeverItIsSpelled_isNotThere(String target) throws Exception {
    assertThat(RawHttp.status(port, target)).isIn(400, 403, 404);

    assertThat(frail.paths()).isEmpty();
    assertThat(stable.paths()).isEmpty();
  }

  @Test
  void actuator_health_isThere() throws Exception {
    assertThat(RawHttp.status(port, "/actuator/health/readiness")).isEqualTo(200);
    assertThat(RawHttp.status(port, "/actuator/health")).isEqualTo(200);
    assertThat(RawHttp.status(port, "/api/items/actuator%20notes.v1~2")).isEqualTo(200);
  }

  @Test
  void head_larger_thanTheLimit_isRefused() throws Exception {
    assertThat(RawHttp.status(port, "/big", "A: " + "a".repeat(40_000))).isBetween(400, 499);
    assertThat(RawHttp.status(port, "/big/" + "a".repeat(40_000))).isBetween(400, 499);

    assertThat(frail.paths()).isEmpty();
    assertThat(stable.paths()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRACE", "CONNECT", "PROPFIND"})
  void method_notOfTheApplication_isRefused(String method) throws Exception {
    String answer =
        RawHttp.send(port, method + " /m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assertThat(answer).containsPattern("^HTTP/1.1 4\\d\\d ");
    assertThat(frail.paths()).isEmpty();
    assertThat(stable.paths()).isEmpty();
  }

  @Test
  void framing_bothLengthAndChunks_hidesNoRequest() throws Exception {
    String hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    String answer =
        RawHttp.send(
            port,
            "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + (5 + hidden.length())
                + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + hidden);

    assertThat(frail.hits("/hidden") + stable.hits("/hidden")).isZero();
    assertThat(answer.split("HTTP/1.1 ", -1)).as(answer).hasSize(2);
    if (refusesBothLengthAndChunks()) {
      assertThat(answer).startsWith("HTTP/1.1 400");
      assertThat(frail.hits("/sum") + stable.hits("/sum")).isZero();
    }
  }

  /** RFC 9112 (6.1) lets a server refuse such a request, or go by the chunks and close. */
  boolean refusesBothLengthAndChunks() {
    return true;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: +3",
        "Content-Length: 3, 4",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "Content-Length : 3",
        "Host: second"
      })
  void framing_ambiguous_isRefused(String header) throws Exception {
    String answer =
        RawHttp.send(port, "POST /sum HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\nabc");

    assertThat(answer).as(header).containsPattern("^HTTP/1.1 (400|501) ");
    assertThat(frail.paths()).isEmpty();
    assertThat(stable.paths()).isEmpty();
  }

  @Test
  void instance_silent_isAProblemAfterTheTimeout() {
    HttpResponse<String> answer = get("/hold");

    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue(PROBLEM);
    assertThat(answer.body()).contains("\"status\":504");
    assertThat(frail.hits("/hold") + stable.hits("/hold")).isEqualTo(1);
    frail.held().countDown();
    stable.held().countDown();
  }

  @Test
  void instances_none_isAProblemThatSaysWhenToComeBack() {
    balancer.update(List.of());

    HttpResponse<String> answer = post("/none", "x");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue(PROBLEM);
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(answer.body()).contains("\"status\":503");
  }

  @Test
  void instances_allRefuse_isAProblemThatSaysWhenToComeBack() throws Exception {
    balancer.update(List.of(UpstreamServer.freePort()));

    HttpResponse<String> answer = post("/none", "x");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
  }

  @Test
  void update_underLoad_losesNothing() throws Exception {
    Load load = new Load(Integer.MAX_VALUE);
    try (load) {
      for (int i = 0; i < 3; i++) {
        load.awaitDone(load.done.get() + 50);
        balancer.update(List.of(stable.port()));
        load.awaitDone(load.done.get() + 2 * CLIENTS);
        int after = frail.hits("/load");
        load.awaitDone(load.done.get() + 100);
        assertThat(frail.hits("/load")).isEqualTo(after);
        balancer.update(List.of(stable.port(), frail.port()));
        await().atMost(10, TimeUnit.SECONDS).until(() -> frail.hits("/load") > after);
      }
    }

    assertThat(load.failures).isEmpty();
  }

  @Test
  void update_requestInWork_isLeftAlone() throws Exception {
    balancer.update(List.of(frail.port()));
    CompletableFuture<HttpResponse<String>> answer =
        CLIENT.sendAsync(request("/hold").GET().build(), BodyHandlers.ofString());
    frail.arrived().await();

    balancer.update(List.of(stable.port()));
    frail.held().countDown();

    assertThat(answer.get(20, TimeUnit.SECONDS).body()).isEqualTo("held");
    for (int i = 0; i < 8; i++) {
      assertThat(get("/who").body()).isEqualTo("" + stable.port());
    }
  }

  @Test
  void body_twoMebibytes_arrivesWhole() {
    byte[] body = new byte[2 << 20];
    new Random(7).nextBytes(body);
    CRC32 sum = new CRC32();
    sum.update(body);

    HttpResponse<String> answer =
        send(request("/sum").POST(BodyPublishers.ofByteArray(body)).build());

    assertThat(answer.body()).isEqualTo(body.length + ":" + sum.getValue());
  }

  @Test
  void body_chunked_arrivesWhole() {
    byte[] body = new byte[100_000];
    CRC32 sum = new CRC32();
    sum.update(body);

    HttpResponse<String> answer =
        send(
            request("/sum")
                .PUT(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body)))
                .build());

    assertThat(answer.body()).isEqualTo(body.length + ":" + sum.getValue());
  }

  @Test
  void body_largerThanTheLimit_isRefused() throws Exception {
    String answer =
        RawHttp.send(port, "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 2097153\r\n\r\nabc");

    assertThat(answer).startsWith("HTTP/1.1 413");
    assertThat(frail.paths()).isEmpty();
    assertThat(stable.paths()).isEmpty();
  }

  @Test
  void close_requestInWork_endsFirst() throws Exception {
    int other = UpstreamServer.freePort();
    Balancer second = start(other, List.of(frail.port()), scratch);
    second.awaitReady(READY);
    CompletableFuture<HttpResponse<String>> answer =
        CLIENT.sendAsync(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + other + "/hold")).build(),
            BodyHandlers.ofString());
    frail.arrived().await();

    CompletableFuture<Void> closed = CompletableFuture.runAsync(second::close);
    await().atMost(10, TimeUnit.SECONDS).until(() -> refuses(other));
    frail.held().countDown();

    assertThat(answer.get(20, TimeUnit.SECONDS).body()).isEqualTo("held");
    closed.get(20, TimeUnit.SECONDS);
  }

  @Test
  void launcher_killed_leavesNothingBehind() throws Exception {
    int other = UpstreamServer.freePort();
    Process launcher =
        new ProcessBuilder(
                Program.java().toString(),
                "-cp",
                System.getProperty("java.class.path"),
                BalancerStarter.class.getName(),
                kind.word(),
                project.root().toString(),
                Integer.toString(other),
                Integer.toString(frail.port()),
                scratch.toString())
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("launcher.out").toFile())
            .start();
    await().atMost(READY).until(() -> ReadinessProbe.ready(other));
    List<ProcessHandle> family = launcher.descendants().toList();

    launcher.destroyForcibly();

    assertThat(family).isNotEmpty();
    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> refuses(other) && family.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void log_ofRequests_hasNoQuery() throws Exception {
    int other = UpstreamServer.freePort();
    try (Balancer second = start(other, List.of(frail.port()), scratch)) {
      second.awaitReady(READY);
      RawHttp.status(other, "/logged?token=secret");
      Path log = scratch.resolve("access.log");
      await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> Files.exists(log) && Files.readString(log).contains("/logged"));
      assertThat(Files.readString(log)).doesNotContain("secret");
      assertThat(second.report()).contains(kind.word(), "" + other, log.toString());
    }
  }

  @Test
  void awaitReady_portIsTaken_namesTheProgram() {
    // The other one answers on that port, so that this one has failed shows in its end only.
    try (Balancer second = start(port, List.of(frail.port()), scratch)) {
      await()
          .atMost(60, TimeUnit.SECONDS)
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> second.awaitReady(READY))
                      .isInstanceOf(UserError.class)
                      .hasMessageContaining(kind.word() + " has ended"));
    }
  }

  @Test
  void awaitReady_noInstanceIsReady_saysWhereToLook() throws Exception {
    int other = UpstreamServer.freePort();
    try (Balancer second = start(other, List.of(UpstreamServer.freePort()), scratch)) {
      await().atMost(READY).until(() -> !refuses(other));

      assertThatThrownBy(() -> second.awaitReady(Duration.ofMillis(200)))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(scratch.toString());
    }
  }
}
