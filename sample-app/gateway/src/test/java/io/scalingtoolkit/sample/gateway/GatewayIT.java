// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.sample.gateway.Instance.State;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** What the gateway does with answers that no HTTP server of the JDK would give. */
@Timeout(60)
class GatewayIT {

  private static final String OK =
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok";

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir static Path folder;
  private static ConfigurableApplicationContext gateway;
  private static int port;

  private final ScriptedServer first = new ScriptedServer();
  private final ScriptedServer second = new ScriptedServer();
  private final Instances instances = gateway.getBean(Instances.class);

  @BeforeAll
  static void start() {
    gateway =
        SpringApplication.run(
            GatewayApplication.class,
            "--server.port=0",
            "--gateway.instances-file=" + folder.resolve("none"),
            "--gateway.probe-interval=1h", // what is known about an instance is set by the tests
            "--gateway.response-timeout=1s",
            "--gateway.max-body=64KB");
    port = ((ServletWebServerApplicationContext) gateway).getWebServer().getPort();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void bothAreReady() {
    instances.replace(List.of(first.address(), second.address()));
    instances.all().forEach(instance -> instance.become(State.READY));
  }

  @AfterEach
  void close() {
    instances.replace(List.of());
    first.close();
    second.close();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(20));
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return CLIENT.send(request, BodyHandlers.ofString());
  }

  private List<String> received() {
    List<String> all = new CopyOnWriteArrayList<>(first.received);
    all.addAll(second.received);
    return all;
  }

  @Test
  void get_answerBreaksOffInMemory_isAnsweredByAnother() throws Exception {
    first.answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart";
    second.answer = OK;

    for (int i = 0; i < 3; i++) {
      assertThat(send(request("/x").build()).body()).isEqualTo("ok");
    }

    assertThat(first.received).hasSizeBetween(1, 2);
    assertThat(state(first)).isEqualTo(State.UNKNOWN);
    assertThat(state(second)).isEqualTo(State.READY);
  }

  @Test
  void get_answerBreaksOffAfterTheBuffer_breaksOffForTheClient() {
    String part = "x".repeat(100_000);
    first.answer = "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + part;
    second.answer = first.answer;

    assertThatThrownBy(() -> send(request("/x").build())).isInstanceOf(IOException.class);
    assertThat(received()).hasSize(1);
  }

  @Test
  void get_chunkedAnswerBreaksOffAfterTheBuffer_doesNotLookComplete() {
    first.answer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + "x".repeat(100_000);
    second.answer = first.answer;

    assertThatThrownBy(() -> send(request("/x").build())).isInstanceOf(IOException.class);
  }

  @Test
  void get_connectionWasClosedMeanwhile_isSentOnANewOne() throws Exception {
    first.answer = OK; // and hangs up, which it has not announced
    instances.replace(List.of(first.address()));

    for (int i = 0; i < 10; i++) {
      assertThat(send(request("/x").build()).body()).isEqualTo("ok");
    }
    assertThat(first.received).hasSize(10);
  }

  @Test
  void get_bothFail_isABadGateway() throws Exception {
    first.answer = "";
    second.answer = "junk\r\n\r\n";

    HttpResponse<String> answer = send(request("/x").build());

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(received()).hasSize(2);
  }

  @Test
  void get_withBody_isNotRepeated() throws Exception {
    first.answer = "";
    second.answer = "";

    HttpResponse<String> answer =
        send(request("/x").method("GET", BodyPublishers.ofString("q")).build());

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(received()).hasSize(1);
  }

  @Test
  void put_sent_isNotRepeated() throws Exception {
    first.answer = "";
    second.answer = "";

    HttpResponse<String> answer = send(request("/x").PUT(BodyPublishers.ofString("q")).build());

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(received()).hasSize(1);
  }

  @Test
  void get_silent_isATimeoutAndNotRepeated() throws Exception {
    first.answer = null;
    second.answer = null;

    HttpResponse<String> answer = send(request("/x").build());

    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(received()).hasSize(1);
    assertThat(instances.all()).allMatch(instance -> instance.state() == State.READY);
    assertThat(instances.all()).allMatch(instance -> instance.inFlight() == 0);
  }

  @Test
  void answer_refusal_isPassedOnAndNotRepeated() throws Exception {
    first.answer = "HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    second.answer = first.answer;

    HttpResponse<String> answer = send(request("/x").build());

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("7");
    assertThat(received()).hasSize(1);
  }

  @Test
  void answer_withHopByHopHeaders_comesWithoutThem() throws Exception {
    first.answer =
        "HTTP/1.1 200 OK\r\nConnection: X-Inner, keep-alive\r\nX-Inner: 1\r\nKeep-Alive: timeout=5\r\n"
            + "Upgrade: h2c\r\nServer: app\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
    second.answer = first.answer;

    HttpResponse<String> answer = send(request("/x").build());

    assertThat(answer.headers().map())
        .doesNotContainKeys("connection", "x-inner", "keep-alive", "upgrade");
    assertThat(answer.headers().allValues("date")).containsExactly("Thu, 01 Jan 1970 00:00:00 GMT");
    assertThat(answer.headers().allValues("content-type")).containsExactly("text/plain");
    assertThat(answer.headers().allValues("content-length")).containsExactly("2");
  }

  @Test
  void head_answer_keepsItsLength() throws Exception {
    first.answer = "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n";
    second.answer = first.answer;

    HttpResponse<String> answer =
        send(request("/x").method("HEAD", BodyPublishers.noBody()).build());

    assertThat(answer.headers().firstValue("Content-Length")).hasValue("12345");
  }

  @Test
  void answer_notModified_keepsItsTag() throws Exception {
    first.answer = "HTTP/1.1 304 Not Modified\r\nETag: \"v\"\r\n\r\n";
    second.answer = first.answer;

    HttpResponse<String> answer = send(request("/x").header("If-None-Match", "\"v\"").build());

    assertThat(answer.statusCode()).isEqualTo(304);
    assertThat(answer.headers().firstValue("ETag")).hasValue("\"v\"");
  }

  @Test
  void answer_tagThatMatches_isStillTheInstancesToJudge() throws Exception {
    first.answer = "HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 2\r\n\r\nok";
    second.answer = first.answer;

    HttpResponse<String> answer = send(request("/x").header("If-None-Match", "\"v\"").build());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("ok");
  }

  @Test
  void answer_redirectAndCompressed_areLeftToTheClient() throws Exception {
    first.answer =
        "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Encoding: gzip\r\n"
            + "Set-Cookie: a=1\r\nContent-Length: 3\r\n\r\nraw";
    second.answer = first.answer;

    HttpResponse<String> answer = send(request("/x").build());

    assertThat(answer.statusCode()).isEqualTo(302);
    assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(answer.body()).isEqualTo("raw");
    send(request("/x").build());
    assertThat(received()).hasSize(2).noneMatch(text -> text.contains("Cookie"));
  }

  @Test
  void form_body_isPassedOnAsItCame() throws Exception {
    first.answer = OK;
    second.answer = OK;

    send(
        request("/x?q=1&q=2&r")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("b=%20+&a=1&a"))
            .build());

    assertThat(received().get(0))
        .startsWith("POST /x?q=1&q=2&r HTTP/1.1\r\n")
        .contains("Content-Type: application/x-www-form-urlencoded\r\n")
        .contains("Content-Length: 12\r\n")
        .endsWith("\r\n\r\nb=%20+&a=1&a");
  }

  @Test
  void preflight_isPassedOn() throws Exception {
    first.answer = OK;
    second.answer = OK;

    HttpResponse<String> answer =
        send(
            request("/x")
                .header("Origin", "https://shop.example")
                .header("Access-Control-Request-Method", "PUT")
                .method("OPTIONS", BodyPublishers.noBody())
                .build());

    assertThat(answer.body()).isEqualTo("ok");
    assertThat(received().get(0).toLowerCase())
        .contains("origin: https://shop.example", "access-control-request-method: put");
  }

  @Test
  void chunkedBody_largerThanTheLimit_isRefused() throws Exception {
    first.answer = OK;
    second.answer = OK;
    byte[] body = new byte[70_000];

    HttpResponse<String> answer =
        send(
            request("/x")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                .build());

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(instances.all()).allMatch(instance -> instance.state() == State.READY);
  }

  @Test
  void path_errorAndUnknown_areTheInstancesToAnswer() throws Exception {
    first.answer = OK;
    second.answer = OK;

    assertThat(send(request("/error").build()).body()).isEqualTo("ok");
    assertThat(send(request("/favicon.ico").build()).body()).isEqualTo("ok");
    assertThat(send(request("/webjars/x.js").build()).body()).isEqualTo("ok");
  }

  @Test
  void headers_namedInConnection_stayBehind() throws Exception {
    first.answer = OK;
    second.answer = OK;
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket
          .getOutputStream()
          .write(
              ("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close, x-hop, X-Forwarded-For\r\n"
                      + "X-Hop: 1\r\nTE: trailers\r\nProxy-Authorization: p\r\n"
                      + "X_Forwarded_For: 6.6.6.6\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(answer).startsWith("HTTP/1.1 200");
    }

    assertThat(received().get(0).toLowerCase())
        .contains("host: h\r\n", "x-forwarded-for: 127.0.0.1\r\n", "x-forwarded-proto: http\r\n")
        .doesNotContain("x-hop", "te:", "proxy-authorization", "upgrade", "6.6.6.6");
  }

  @Test
  void container_refusal_isAProblemDocument() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.getOutputStream().write("GET /x HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(answer)
          .startsWith("HTTP/1.1 400")
          .containsIgnoringCase("Content-Type: application/problem+json")
          .contains("\"status\":400");
    }
  }

  @Test
  void watch_instanceComesAndGoes_isNoticed() throws Exception {
    first.answer = OK;
    Path list = folder.resolve("watched");
    Files.writeString(list, first.address() + "\n");
    Instances watched = new Instances();
    GatewaySettings settings = GatewaySettingsTest.probing(Duration.ofMillis(20));
    try (var connections = UpstreamClient.connections(settings);
        var client = UpstreamClient.create(settings, connections);
        var watch =
            new Watch(
                new InstancesFile(list, watched),
                watched,
                new HealthChecks(UpstreamClient.probe(client, settings)),
                settings)) {
      assertThat(watch).isNotNull();
      Instance instance = watched.all().get(0);
      await().atMost(10, TimeUnit.SECONDS).until(() -> instance.state() == State.READY);
      first.answer = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
      await().atMost(10, TimeUnit.SECONDS).until(() -> instance.state() == State.DOWN);
      first.answer = OK;
      await().atMost(10, TimeUnit.SECONDS).until(() -> instance.state() == State.READY);
      first.close();
      await().atMost(10, TimeUnit.SECONDS).until(() -> instance.state() == State.DOWN);
      Files.writeString(list, "");
      await().atMost(10, TimeUnit.SECONDS).until(() -> watched.all().isEmpty());
    }
  }

  private State state(ScriptedServer server) {
    return instances.all().stream()
        .filter(instance -> instance.address().equals(server.address()))
        .findFirst()
        .orElseThrow()
        .state();
  }

  /** Takes one request a connection, answers with given bytes or never, and hangs up. */
  private static final class ScriptedServer implements AutoCloseable {
    final List<String> received = new CopyOnWriteArrayList<>();
    final List<IOException> failures = new CopyOnWriteArrayList<>();
    volatile String answer = "";
    private final ServerSocket socket;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    ScriptedServer() {
      try {
        socket = new ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress());
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      threads.execute(this::accept);
    }

    Address address() {
      return new Address("127.0.0.1", socket.getLocalPort());
    }

    private void accept() {
      try {
        while (!socket.isClosed()) {
          Socket connection = socket.accept();
          threads.execute(() -> serve(connection));
        }
      } catch (IOException closed) {
        threads.shutdownNow();
      }
    }

    private void serve(Socket connection) {
      try (connection) {
        received.add(read(connection.getInputStream()));
        if (answer == null) {
          connection.getInputStream().read(); // until the gateway hangs up
        } else {
          connection.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        }
      } catch (IOException hungUp) {
        failures.add(hungUp);
      }
    }

    /** The head, and as much of the body as Content-Length says or as comes in chunks. */
    private static String read(InputStream in) throws IOException {
      StringBuilder text = new StringBuilder();
      while (text.indexOf("\r\n\r\n") < 0 && next(in, text)) {
        // one byte at a time, so that none of the body is taken
      }
      String head = text.toString().toLowerCase();
      int at = head.indexOf("content-length: ");
      int length = at < 0 ? 0 : Integer.parseInt(head.substring(at + 16, head.indexOf("\r\n", at)));
      text.append(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
      if (head.contains("transfer-encoding: chunked")) {
        while (!text.toString().endsWith("\r\n0\r\n\r\n") && next(in, text)) {
          // to the last chunk
        }
      }
      return text.toString();
    }

    private static boolean next(InputStream in, StringBuilder text) throws IOException {
      int octet = in.read();
      if (octet >= 0) {
        text.append((char) octet);
      }
      return octet >= 0;
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      threads.shutdownNow();
    }
  }
}
