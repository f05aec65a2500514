// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;

/** Something that answers as an instance of the application would, and remembers what it got. */
final class UpstreamServer implements AutoCloseable {

  private final int port;
  private final boolean frail;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, AtomicInteger> hits = new ConcurrentHashMap<>();
  private final List<Map<String, List<String>>> headers = new CopyOnWriteArrayList<>();
  private volatile boolean ready = true;
  private volatile HttpServer server;
  private volatile CountDownLatch held = new CountDownLatch(1);
  private volatile CountDownLatch arrived = new CountDownLatch(1);

  private UpstreamServer(int port, boolean frail) {
    this.port = port;
    this.frail = frail;
  }

  /**
   * @param frail true for the one that does not answer to /die-frail
   */
  static UpstreamServer start(boolean frail) throws IOException {
    UpstreamServer upstream = new UpstreamServer(freePort(), frail);
    upstream.listen();
    return upstream;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  /** Listens; again, after {@link #kill}. */
  void listen() throws IOException {
    HttpServer started = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 100);
    started.setExecutor(threads);
    started.createContext("/", this::answer);
    started.start();
    server = started;
  }

  /** Closes every connection, in the middle of an answer as well. */
  void kill() {
    server.stop(0);
  }

  void ready(boolean yes) {
    ready = yes;
  }

  /** How often a path came, whatever stood behind a question mark. */
  int hits(String path) {
    return hits.getOrDefault(path, new AtomicInteger()).get();
  }

  /** Paths that came, as they were spelled, without the probes. */
  List<String> paths() {
    return hits.keySet().stream().filter(path -> !path.startsWith("/actuator/health")).toList();
  }

  /** The headers of the requests to /headers. */
  List<Map<String, List<String>>> headers() {
    return headers;
  }

  void forget() {
    hits.clear();
    headers.clear();
    ready = true;
    held = new CountDownLatch(1);
    arrived = new CountDownLatch(1);
  }

  CountDownLatch held() {
    return held;
  }

  CountDownLatch arrived() {
    return arrived;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    hits.computeIfAbsent(path, unused -> new AtomicInteger()).incrementAndGet();
    try (exchange) {
      CRC32 sum = new CRC32();
      byte[] body = exchange.getRequestBody().readAllBytes();
      sum.update(body);
      switch (path) {
        case "/actuator/health/readiness" -> reply(exchange, ready ? 200 : 503, "{}");
        case "/headers" -> {
          headers.add(Map.copyOf(exchange.getRequestHeaders()));
          exchange.getResponseHeaders().add("ETag", "W/\"a;b\"");
          exchange.getResponseHeaders().add("Set-Cookie", "a=1; Path=/; HttpOnly");
          exchange.getResponseHeaders().add("Set-Cookie", "b=\"2\"; SameSite=Lax");
          reply(exchange, 200, "ok");
        }
        case "/sum" -> reply(exchange, 200, body.length + ":" + sum.getValue());
        case "/die" -> exchange.getRequestHeaders(); // closed without an answer
        case "/die-frail" -> {
          if (!frail) {
            reply(exchange, 200, "alive");
          }
        }
        case "/hold" -> {
          arrived.countDown();
          await(held);
          reply(exchange, 200, "held");
        }
        default -> reply(exchange, 200, Integer.toString(port));
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void reply(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    held.countDown();
    kill();
    threads.shutdownNow();
  }
}
