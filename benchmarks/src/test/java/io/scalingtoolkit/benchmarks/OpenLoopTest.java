// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class OpenLoopTest {
  private static final double NANOS = 1e9;

  @Test
  void run_serverStallsForTwoSeconds_showsInEveryRequestThatShouldHaveBeenMade() throws Exception {
    try (StallingServer server = new StallingServer(100)) {
      HttpClient client = HttpClient.newHttpClient();
      HttpRequest request = HttpRequest.newBuilder(server.address()).build();
      Target target =
          arrival ->
              client
                  .sendAsync(request, BodyHandlers.discarding())
                  .thenApply(answer -> answer.statusCode() == 200);
      Measurements measurements = new Measurements(4, 10);

      new OpenLoop(target).run(Schedule.of(100, 4, 10, 7), measurements);

      assertThat(measurements.errors()).isZero();
      assertThat(measurements.answers()).isEqualTo(400);
      assertThat(measurements.all().getValueAtPercentile(99)).isGreaterThan((long) (1.5 * NANOS));
      assertThat(measurements.all().getCountBetweenValues((long) (0.5 * NANOS), Long.MAX_VALUE / 2))
          .as("a closed loop would have recorded one slow request")
          .isGreaterThan(100);
    }
  }

  @Test
  void run_wrongAnswersAndExceptions_areCountedAsErrors() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Target target =
        arrival ->
            switch (calls.incrementAndGet() % 3) {
              case 0 -> CompletableFuture.completedFuture(false);
              case 1 -> CompletableFuture.failedFuture(new IllegalStateException("timed out"));
              default -> CompletableFuture.completedFuture(true);
            };
    Measurements measurements = new Measurements(1, 10);

    new OpenLoop(target).run(Schedule.of(295, 1, 1, 1), measurements);

    assertThat(measurements.errors()).isEqualTo(200);
    assertThat(measurements.all().getTotalCount()).isEqualTo(295);
    assertThat(measurements.windowErrors(0)).isLessThanOrEqualTo(200);
  }

  @Test
  void run_answersStayOutAndRequestsPileUp_isVoid() {
    Target silent = arrival -> new CompletableFuture<>();
    OpenLoop driver = new OpenLoop(silent);

    assertThatThrownBy(() -> driver.run(Schedule.of(20_000, 1, 1, 1), new Measurements(1, 10)))
        .isInstanceOf(BenchmarkException.class)
        .hasMessageContaining("void")
        .hasMessageContaining("2000");
  }

  @Test
  void saturated_oneInFiftyStartsLate_isTrue() {
    Measurements late = new Measurements(1, 10);
    Measurements onTime = new Measurements(1, 10);
    for (int i = 0; i < 1_000; i++) {
      late.started(i % 50 == 0 ? 2 * OpenLoop.MOST_LATE_NANOS : 0);
      onTime.started(i % 500 == 0 ? 2 * OpenLoop.MOST_LATE_NANOS : 0);
    }

    assertThat(OpenLoop.saturated(late)).isTrue();
    assertThat(OpenLoop.saturated(onTime)).isFalse();
  }

  /** Answers one request at a time; the one with the given number takes two seconds. */
  private static final class StallingServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService worker = Executors.newSingleThreadExecutor();
    private final CountDownLatch never = new CountDownLatch(1);

    StallingServer(int stalledRequest) throws Exception {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 500);
      AtomicInteger requests = new AtomicInteger();
      server.setExecutor(worker);
      server.createContext(
          "/",
          exchange -> {
            if (requests.incrementAndGet() == stalledRequest) {
              stall();
            }
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
          });
      server.start();
    }

    URI address() {
      return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    private void stall() {
      try {
        assertThat(never.await(2, TimeUnit.SECONDS)).isFalse();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      server.stop(0);
      worker.shutdownNow();
    }
  }
}
