// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A load balancer before two instances, and clients that send them requests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class BalancerFixture {

  static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(2);
  static final Duration READY = Duration.ofSeconds(60);
  static final int CLIENTS = 4;

  final BalancerKind kind;
  final Project project = new Project(root());
  UpstreamServer frail;
  UpstreamServer stable;
  int port;
  Balancer balancer;

  @TempDir Path scratch;

  BalancerFixture(BalancerKind kind) {
    this.kind = kind;
  }

  private static Path root() {
    return Stream.iterate(Path.of("").toAbsolutePath(), Path::getParent)
        .filter(folder -> Files.isRegularFile(folder.resolve("run")))
        .findFirst()
        .orElseThrow();
  }

  @BeforeAll
  void startAll(@TempDir Path directory) throws Exception {
    assumeTrue(
        kind.unavailable().isEmpty(), () -> "skipped: " + kind.unavailable().orElse("available"));
    frail = UpstreamServer.start(true);
    stable = UpstreamServer.start(false);
    port = UpstreamServer.freePort();
    balancer = start(port, List.of(frail.port(), stable.port()), directory);
    balancer.awaitReady(READY);
  }

  Balancer start(int where, List<Integer> instances, Path directory) {
    return Balancer.start(
        kind, project, instances, new Balancer.Place(where, directory, RESPONSE_TIMEOUT));
  }

  @AfterAll
  void stopAll() {
    if (balancer != null) {
      balancer.close();
      balancer.close();
    }
    Stream.of(frail, stable).filter(java.util.Objects::nonNull).forEach(UpstreamServer::close);
  }

  @BeforeEach
  void bothTakePart() {
    frail.forget();
    stable.forget();
    balancer.update(List.of(frail.port(), stable.port()));
    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              Set<String> seen = new HashSet<>();
              for (int i = 0; i < 8; i++) {
                seen.add(get("/who").body());
              }
              return seen.size() == 2;
            });
    frail.forget();
    stable.forget();
  }

  HttpResponse<String> get(String path) {
    return send(request(path).GET().build());
  }

  HttpResponse<String> post(String path, String body) {
    return send(request(path).POST(BodyPublishers.ofString(body)).build());
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(20));
  }

  static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  static HttpResponse<String> send(HttpRequest request) {
    try {
      return CLIENT.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(request.method() + " " + request.uri(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Requests from several clients, until told to stop or until a number is reached. */
  final class Load implements AutoCloseable {
    final Queue failures = new Queue();
    final AtomicInteger done = new AtomicInteger();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Thread> clients = new ArrayList<>();

    Load(int limit) {
      for (int i = 0; i < CLIENTS; i++) {
        Thread client =
            new Thread(
                () -> {
                  while (!stop.get() && done.get() < limit) {
                    one();
                    done.incrementAndGet();
                  }
                });
        client.start();
        clients.add(client);
      }
    }

    private void one() {
      try {
        HttpResponse<String> answer = get("/load");
        if (answer.statusCode() != 200) {
          failures.add(answer.statusCode() + " " + answer.body());
        }
      } catch (RuntimeException e) {
        failures.add(e + " " + e.getCause());
      }
    }

    void awaitDone(int count) {
      await().atMost(120, TimeUnit.SECONDS).until(() -> done.get() >= count);
    }

    @Override
    public void close() {
      stop.set(true);
      await().atMost(60, TimeUnit.SECONDS).until(() -> clients.stream().noneMatch(Thread::isAlive));
    }
  }

  static final class Queue extends ConcurrentLinkedQueue<String> {
    private static final long serialVersionUID = 1L;
  }

  static boolean refuses(int where) {
    try (Socket socket = new Socket("127.0.0.1", where)) {
      return !socket.isConnected();
    } catch (IOException refused) {
      return true;
    }
  }
}
