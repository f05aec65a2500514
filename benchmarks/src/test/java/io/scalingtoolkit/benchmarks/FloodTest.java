// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server of two users that refuses what it is told to. */
final class FloodTest {
  private final AtomicInteger tokens = new AtomicInteger();
  private final Set<String> used = ConcurrentHashMap.newKeySet();
  private final AtomicInteger usedTwice = new AtomicInteger();
  private LocalServer server;
  private SampleApi api;
  private volatile int readStatus = 200;

  @BeforeEach
  void start() throws Exception {
    server = new LocalServer(this::answer);
    api = new SampleApi(server.url(), "t");
    api.seed(2, 2);
  }

  @AfterEach
  void stop() {
    api.close();
    server.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String path = exchange.getRequestURI().getPath();
    int status = 201;
    if (path.endsWith("/refresh")) {
      status = 200;
      if (!used.add(body)) {
        usedTwice.incrementAndGet();
      }
    } else if (!exchange.getRequestMethod().equals("POST")) {
      status = path.startsWith("/actuator") ? 200 : readStatus;
    }
    byte[] answer =
        "{\"id\":\"1\",\"userId\":\"1\",\"accessToken\":\"a\",\"refreshToken\":\"r%d\"}"
            .formatted(tokens.incrementAndGet())
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  @Test
  void openLoop_someAreCritical_renewsWithEachTokenOnce() throws Exception {
    Flood.Outcome outcome = new Flood(api).openLoop(Schedule.of(100, 1, 2, 1), 1, 2);

    assertThat(outcome.critical.sum()).isEqualTo(52);
    assertThat(outcome.criticalPercent()).isEqualTo(100);
    assertThat(used).hasSize(52);
    assertThat(usedTwice).hasValue(0);
    assertThat(outcome.useful.sum() + outcome.late.sum()).isEqualTo(105);
    assertThat(outcome.failed.sum() + outcome.shed.sum()).isZero();
  }

  @Test
  void openLoop_refusedRequests_areNoFailures() throws Exception {
    readStatus = 503;

    Flood.Outcome outcome = new Flood(api).openLoop(Schedule.of(100, 1, 2, 1), 1, 1_000);

    assertThat(outcome.shed.sum()).isGreaterThan(80);
    assertThat(outcome.failed.sum()).isZero();
    assertThat(outcome.refused.getTotalCount()).isEqualTo(outcome.shed.sum());
  }

  @Test
  void closedLoop_rightAnswers_areCounted() throws Exception {
    double perSecond = new Flood(api).closedLoop(4, 1, Schedule.of(100, 1, 2, 1));

    assertThat(perSecond).isGreaterThan(4);
  }
}
