// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/** An application whose pages show a version, behind the cache of a test. */
final class Origin implements AutoCloseable {
  final AtomicInteger full = new AtomicInteger();
  final AtomicInteger asked = new AtomicInteger();
  final AtomicInteger failed = new AtomicInteger();
  final AtomicInteger notModified = new AtomicInteger();
  volatile int version = 1;
  volatile IntSupplier shown = () -> version;
  volatile boolean down;
  volatile HttpCachePolicy policy;
  volatile String setCookie = "";

  /** Answers wait for it. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  Origin(HttpCachePolicy policy) {
    this.policy = policy;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::serve);
    server.setExecutor(threads);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1); // an application that takes everything
        return;
      }
      int number = shown.getAsInt();
      asked.incrementAndGet();
      gate.await();
      if (down) {
        failed.incrementAndGet();
        exchange.sendResponseHeaders(500, -1);
        return;
      }
      if (!setCookie.isEmpty()) {
        exchange.getResponseHeaders().set("Set-Cookie", setCookie);
      }
      HttpAnswer answer =
          policy
              .tagged("page" + exchange.getRequestURI().getRawPath().replace('/', '-'))
              .answer(
                  method,
                  name -> exchange.getRequestHeaders().getOrDefault(name, List.of()),
                  name -> exchange.getResponseHeaders().getOrDefault(name, List.of()),
                  EntityTag.ofVersion(number));
      answer.headers().forEach(exchange.getResponseHeaders()::set);
      byte[] body = ("version " + number).getBytes(StandardCharsets.UTF_8);
      if (answer.isNotModified()) {
        notModified.incrementAndGet();
        exchange.sendResponseHeaders(answer.status(), -1);
      } else {
        full.incrementAndGet();
        exchange.sendResponseHeaders(answer.status(), method.equals("HEAD") ? -1 : body.length);
        if (method.equals("GET")) {
          exchange.getResponseBody().write(body);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    gate.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
