// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.overload.AdaptiveLimiter;
import io.scalingtoolkit.spring.web.RawClient;
import io.scalingtoolkit.spring.web.RawClient.Answer;
import io.scalingtoolkit.spring.web.WebApplication;
import io.scalingtoolkit.spring.web.WebApplication.Handlers;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.filter.OncePerRequestFilter;

/** Admission in front of an application on a real Tomcat: one request in flight, three critical. */
class AdmissionOverHttpTest {
  private final WebApplication app =
      WebApplication.start(
          List.of(Seen.class),
          "toolkit.admission.enabled=true",
          "toolkit.admission.limiter.min-limit=1",
          "toolkit.admission.limiter.max-limit=3",
          "toolkit.admission.limiter.initial-limit=1",
          "toolkit.admission.limiters.dear.max-limit=1",
          "toolkit.admission.exclude=/where",
          "toolkit.admission.routes.gate.paths=/blocked",
          "toolkit.admission.routes.gate.methods=GET",
          "toolkit.admission.routes.gate.limiter=dear",
          "toolkit.admission.routes.root.paths=/",
          "toolkit.admission.routes.root.priority=critical",
          "toolkit.limits.policies.late.permits=1",
          "toolkit.limits.policies.late.period=1h",
          "toolkit.limits.policies.late.key=route",
          "toolkit.limits.policies.late.paths=/items/{id}");
  private final Handlers handlers = app.bean(Handlers.class);
  private final RawClient client = app.client();
  private final ExecutorService callers = Executors.newFixedThreadPool(8);

  /** Whatever an application has in front of everything else. */
  @Order(Ordered.HIGHEST_PRECEDENCE)
  static final class Seen extends OncePerRequestFilter {
    final Queue<String> paths = new ConcurrentLinkedQueue<>();

    @Override
    protected void doFilterInternal(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      paths.add(request.getRequestURI());
      chain.doFilter(request, response);
    }
  }

  private AdaptiveLimiter limiter(String name) {
    return app.bean(AdmissionLimiters.class).limiters().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Of a client that is gone Tomcat may hear only at its own limit for async requests, 30 s. */
  private void awaitInFlight(String name, int count) {
    Awaitility.await(name + " in flight")
        .atMost(Duration.ofSeconds(60))
        .until(() -> limiter(name).inFlight() == count);
  }

  @AfterEach
  void nothingIsLeftInFlight() {
    handlers.gate.countDown();
    handlers.deferred.forEach(result -> result.setResult("end"));
    try {
      awaitInFlight("http", 0);
      awaitInFlight("dear", 0);
      assertThat(limiter("http").snapshot().leaked()).isZero();
    } finally {
      callers.shutdownNow();
      app.close();
    }
  }

  private CompletableFuture<Answer> start(String path) {
    return CompletableFuture.supplyAsync(() -> client.get(path), callers);
  }

  @Test
  void request_aboveTheLimit_isTurnedAwayBeforeItsBodyIsThere() {
    handlers.gate = new CountDownLatch(1);
    CompletableFuture<Answer> first = start("/callable");
    awaitInFlight("http", 1);

    Answer shed = client.sendHeadOnly("POST", "/items", 10_000_000);

    assertThat(shed.status()).isEqualTo(503);
    assertThat(Integer.parseInt(shed.header("Retry-After"))).isBetween(1, 2);
    assertThat(shed.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(shed.body())
        .startsWith(
            "{\"type\":\"https://iana.org/assignments/http-problem-types"
                + "#temporary-reduced-capacity\"")
        .contains("\"status\":503")
        .contains("\"violated-policies\":[]");
    assertThat(client.get("/where").status()).as("excluded").isEqualTo(200);
    assertThat(app.bean(Seen.class).paths).contains("/where").doesNotContain("/items");
    handlers.gate.countDown();
    assertThat(first.join().body()).contains("ok");
  }

  @Test
  void limiterOfARoute_isFull_onlyThatRouteIsTurnedAway() {
    handlers.gate = new CountDownLatch(1);
    CompletableFuture<Answer> dear = start("/blocked");
    awaitInFlight("dear", 1);

    assertThat(client.get("/blocked").status()).isEqualTo(503);
    assertThat(client.get("/items").status()).isEqualTo(200);
    handlers.gate.countDown();
    assertThat(dear.join().body()).contains("ok");
  }

  @Test
  void criticalRequest_findsRoomWhereOthersDoNot() {
    handlers.gate = new CountDownLatch(1);
    start("/callable");
    awaitInFlight("http", 1);

    assertThat(client.get("/items").status()).isEqualTo(503);
    assertThat(client.get("/").status()).isEqualTo(200);
  }

  @Test
  void permit_ofAnAsynchronousRequest_isHeldUntilItsAnswer() throws Exception {
    CompletableFuture<Answer> first = start("/deferred");
    DeferredResult<String> result = handlers.deferred.poll(20, TimeUnit.SECONDS);
    awaitInFlight("http", 1);
    assertThat(client.get("/items").status()).isEqualTo(503);

    result.setResult("done");

    assertThat(first.join().body()).contains("done");
    awaitInFlight("http", 0);
    assertThat(client.get("/items").status()).isEqualTo(200);
  }

  @Test
  void permit_ofAStream_isHeldUntilItsEnd() throws Exception {
    handlers.gate = new CountDownLatch(1);
    try (Socket socket = client.open()) {
      socket.getOutputStream().write(RawClient.head("GET", "/stream", 0));
      assertThat(socket.getInputStream().read()).isNotNegative();
      assertThat(limiter("http").inFlight()).isEqualTo(1);
      handlers.gate.countDown();
      socket.getInputStream().readAllBytes();
    }
    awaitInFlight("http", 0);
  }

  @Test
  void permits_afterTimeoutsAndErrors_areAllBack() {
    List<Integer> statuses = new ArrayList<>();
    for (String path : List.of("/times-out", "/fails", "/none", "/items", "/times-out")) {
      awaitInFlight("http", 0);
      statuses.add(client.get(path).status());
    }

    assertThat(statuses).containsExactly(503, 500, 404, 200, 503);
    awaitInFlight("http", 0);
    assertThat(limiter("http").snapshot().admitted()).isEqualTo(5);
  }

  @Test
  void permit_ofAClientThatGoesAway_isBack() throws Exception {
    handlers.gate = new CountDownLatch(1);
    try (Socket socket = client.open()) {
      socket.getOutputStream().write(RawClient.head("GET", "/stream", 0));
      assertThat(socket.getInputStream().read()).isNotNegative();
      socket.setSoLinger(true, 0);
    }
    handlers.gate.countDown();

    awaitInFlight("http", 0);
  }

  @Test
  void manyRequests_neverExceedTheLimit_andNoneIsLost() {
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String path = List.of("/items", "/callable", "/fails", "/times-out").get(i % 4);
      all.add(CompletableFuture.supplyAsync(() -> client.get(path).status(), callers));
    }

    assertThat(all.stream().map(CompletableFuture::join).toList())
        .allMatch(status -> status == 200 || status == 500 || status == 503);
    awaitInFlight("http", 0);
    AdaptiveLimiter.Snapshot now = limiter("http").snapshot();
    assertThat(now.admitted() + now.rejected()).isEqualTo(200);
  }
}
