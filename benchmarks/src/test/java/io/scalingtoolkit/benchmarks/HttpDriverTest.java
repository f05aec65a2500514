// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.scalingtoolkit.benchmarks.HttpDriver.Answer;
import io.scalingtoolkit.benchmarks.HttpDriver.Request;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server that tells what it was asked, and by which connection. */
final class HttpDriverTest {
  private static final Request PLAIN = new Request("GET", "/fast", Map.of(), "");
  private static final Request HELD = new Request("GET", "/held", Map.of(), "");

  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch holding = new CountDownLatch(2);
  private final Set<InetSocketAddress> connections = ConcurrentHashMap.newKeySet();
  private LocalServer server;
  private HttpDriver driver;

  @BeforeEach
  void start() throws Exception {
    server = new LocalServer(this::answer);
    driver = driver(Duration.ofSeconds(20));
  }

  private HttpDriver driver(Duration patience) {
    return new HttpDriver(URI.create(server.url() + "/base"), patience);
  }

  @AfterEach
  void stop() {
    driver.close();
    release.countDown();
    server.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    connections.add(exchange.getRemoteAddress());
    byte[] body =
        (exchange.getRequestMethod()
                + " "
                + exchange.getRequestURI()
                + " "
                + exchange.getRequestHeaders().getFirst("X-Word")
                + " "
                + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.UTF_8);
    if (exchange.getRequestURI().getPath().endsWith("/held")) {
      holding.countDown();
      try {
        assertThat(release.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (exchange.getRequestURI().getPath().endsWith("/last")) {
      exchange.getResponseHeaders().set("Connection", "close");
    }
    exchange.getResponseHeaders().set("X-Word", "back");
    exchange.sendResponseHeaders(202, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static Answer get(CompletableFuture<Answer> answer) throws Exception {
    return answer.get(60, TimeUnit.SECONDS);
  }

  @Test
  void send_request_arrivesWholeAndItsAnswerComesBack() throws Exception {
    Request request = new Request("PUT", "/a?b=c", Map.of(), "käse").with("X-Word", "there");

    Answer answer = get(driver.send(request));

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("x-word", "none")).isEqualTo("back");
    assertThat(answer.header("x-other", "none")).isEqualTo("none");
    assertThat(answer.body()).isEqualTo("PUT /base/a?b=c there käse");
  }

  @Test
  void send_oneAfterTheOther_useOneConnectionUntilTheServerClosesIt() throws Exception {
    for (int i = 0; i < 10; i++) {
      get(driver.send(PLAIN));
    }
    assertThat(connections).hasSize(1);

    get(driver.send(new Request("GET", "/last", Map.of(), "")));
    get(driver.send(PLAIN));

    assertThat(connections).hasSize(2);
  }

  @Test
  void send_atOnce_useAConnectionEach() throws Exception {
    CompletableFuture<Answer> one = driver.send(HELD);
    CompletableFuture<Answer> other = driver.send(HELD);
    assertThat(holding.await(60, TimeUnit.SECONDS)).isTrue();
    release.countDown();

    get(one);
    get(other);

    assertThat(connections).hasSize(2);
  }

  @Test
  void send_noAnswerInTime_isGivenUpWithItsConnection() throws Exception {
    try (HttpDriver hasty = driver(Duration.ofMillis(100))) {
      assertThat(hasty.send(HELD))
          .failsWithin(Duration.ofSeconds(60))
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(TimeoutException.class);
      release.countDown();
    }
    get(driver.send(PLAIN));
    assertThat(connections).hasSize(2);
  }

  @Test
  void send_nobodyListens_fails() {
    server.close();

    assertThat(driver.send(PLAIN))
        .failsWithin(Duration.ofSeconds(60))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(IOException.class);
  }
}
