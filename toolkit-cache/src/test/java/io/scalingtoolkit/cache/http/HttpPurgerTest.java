// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What purgers send, and what they make of answers. */
final class HttpPurgerTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private record Call(String method, String target, Headers headers, String body) {}

  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private volatile String header = "Purge-Result: done";
  private HttpServer server;
  private String url;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          calls.add(
              new Call(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI().toString(),
                  exchange.getRequestHeaders(),
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          if (!header.isEmpty()) {
            String[] parts = header.split(": ", 2);
            exchange.getResponseHeaders().add(parts[0], parts[1]);
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    url = "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static void done(CompletionStage<Void> purge) {
    assertThat(purge.toCompletableFuture()).succeedsWithin(LIMIT);
  }

  private static PurgeException failure(CompletionStage<Void> purge) throws Exception {
    try {
      purge.toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      throw new AssertionError("did not fail");
    } catch (ExecutionException e) {
      return (PurgeException) e.getCause();
    }
  }

  @Test
  void purge_inABody_isAListForEachKind() {
    HttpPurger purger =
        HttpPurger.builder(url + "/purge_cache")
            .header("Authorization", "Bearer x")
            .tagsInBody("tags")
            .urlsInBody("files")
            .build();
    done(purger.purge(new Purge(Set.of("a\"\\"), Set.of(URI.create(url + "/p")))));

    assertThat(calls).extracting(Call::method).containsOnly("POST");
    assertThat(calls).extracting(Call::target).containsOnly("/purge_cache");
    assertThat(calls)
        .extracting(Call::body)
        .containsExactly("{\"tags\":[\"a\\\"\\\\\"]}", "{\"files\":[\"" + url + "/p\"]}");
    assertThat(calls.get(0).headers().getFirst("Authorization")).isEqualTo("Bearer x");
    assertThat(calls.get(0).headers().getFirst("Content-Type")).isEqualTo("application/json");
    assertThat(purger.toString()).doesNotContain("Bearer");
  }

  @Test
  void purge_inAHeader_joinsTags() {
    done(
        HttpPurger.builder(url)
            .tagsInHeader("Surrogate-Key", " ")
            .build()
            .purge(Purge.tags("a", "b")));

    assertThat(calls).hasSize(1);
    assertThat(calls.get(0).headers().getFirst("Surrogate-Key")).isEqualTo("a b");
    assertThat(calls.get(0).body()).isEmpty();
  }

  @Test
  void purge_inThePath_isARequestForEach() {
    done(
        HttpPurger.builder(url + "/purge/{tag}")
            .method("DELETE")
            .build()
            .purge(Purge.tags("a/b", "c?d%")));
    done(
        HttpPurger.builder(url + "/purge?url={url}")
            .build()
            .purge(Purge.urls(URI.create("http://h/x?y=1&z"))));

    assertThat(calls)
        .extracting(Call::target)
        .containsExactly(
            "/purge/a%2Fb", "/purge/c%3Fd%25", "/purge?url=http%3A%2F%2Fh%2Fx%3Fy%3D1%26z");
    assertThat(calls).extracting(Call::method).containsExactly("DELETE", "DELETE", "POST");
  }

  @Test
  void purge_ofWhatThePurgerCannotSend_isRefused() throws Exception {
    HttpPurger tags = HttpPurger.builder(url).tagsInBody("tags").build();
    assertThat(failure(tags.purge(Purge.urls(URI.create("http://h/")))))
        .hasMessage("this purger was not told how to send URLs [http://h/]")
        .extracting(PurgeException::reason)
        .isEqualTo(PurgeException.Reason.REFUSED);
    assertThat(failure(EdgePurger.nginx(URI.create(url)).purge(Purge.tags("a"))).reason())
        .isEqualTo(PurgeException.Reason.REFUSED);
    assertThat(calls).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "301, REFUSED", "400, REFUSED", "403, REFUSED", "404, REFUSED",
    "408, UNAVAILABLE", "429, UNAVAILABLE", "500, UNAVAILABLE", "503, UNAVAILABLE"
  })
  void status_otherThanSuccess_isAFailure(int answered, PurgeException.Reason reason)
      throws Exception {
    status = answered;
    HttpPurger purger = HttpPurger.builder(url).tagsInBody("tags").build();

    assertThat(failure(purger.purge(Purge.tags("a"))).reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "17, 17",
    "' 17 ', 17",
    "-1, 0",
    "soon, 0",
    "99999999999, 2147483647",
    "'Thu, 01 Jan 1970 00:01:30 GMT', 30",
    "'Thu, 01 Jan 1970 00:00:30 GMT', 0"
  })
  void retryAfter_ofAnAnswer_isReadAsSecondsOrDate(String value, long seconds) throws Exception {
    status = 429;
    header = "Retry-After: " + value;
    HttpPurger purger =
        HttpPurger.builder(url).tagsInBody("tags").wall(() -> Instant.ofEpochSecond(60)).build();

    assertThat(failure(purger.purge(Purge.tags("a"))).retryAfter())
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void cache_thatIsGone_isUnavailable() throws Exception {
    server.stop(0);

    assertThat(
            failure(HttpPurger.builder(url).tagsInBody("t").build().purge(Purge.tags("a")))
                .reason())
        .isEqualTo(PurgeException.Reason.UNAVAILABLE);
  }

  @Test
  void edge_ofUrls_isAskedByPathAndHost() {
    done(
        EdgePurger.nginx(URI.create(url + "/"))
            .purge(
                Purge.urls(
                    URI.create("https://Shop.example/p%20q/7?x=%2F"),
                    URI.create("http://shop.example:8080"),
                    URI.create("https://shop.example:443/"))));

    assertThat(calls).extracting(Call::method).containsOnly("PURGE");
    assertThat(calls).extracting(Call::target).containsExactly("/p%20q/7?x=%2F", "/", "/");
    assertThat(calls)
        .extracting(call -> call.headers().getFirst("Purge-Host"))
        .containsExactly("shop.example", "shop.example:8080", "shop.example");
  }

  @Test
  void edge_ofTags_isAskedByPatternsThatFitIntoHeaders() {
    EdgePurger varnish = EdgePurger.varnish(URI.create(url));
    done(varnish.purge(Purge.tags("a.b", "c|(d")));
    assertThat(calls.get(0).headers().getFirst("Purge-Tags"))
        .isEqualTo("(?:^|\\s)(?:a\\x2eb|c\\x7c\\x28d)(?:\\s|$)");
    calls.clear();
    done(
        varnish.purge(
            Purge.tags(IntStream.range(0, 100).mapToObj(i -> "-".repeat(100) + i).toList())));

    assertThat(calls).extracting(Call::method).containsOnly("BAN");
    assertThat(calls).hasSizeGreaterThan(5);
    assertThat(calls).allMatch(call -> call.headers().getFirst("Purge-Tags").length() < 4_100);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 404, 412})
  void edge_withoutItsHeader_hasNotPurged(int answered) throws Exception {
    status = answered;
    EdgePurger edge = EdgePurger.nginx(URI.create(url));
    done(edge.purge(Purge.urls(URI.create("http://h/"))));
    header = "";

    assertThat(failure(edge.purge(Purge.urls(URI.create("http://h/")))).reason())
        .as("the application answered")
        .isEqualTo(PurgeException.Reason.REFUSED);
  }

  @Test
  void all_ofSeveral_failsIfOneFails() throws Exception {
    HttpPurger good = HttpPurger.builder(url).tagsInBody("t").build();
    done(Purger.all(List.of(good, good)).purge(Purge.tags("a")));
    assertThat(calls).hasSize(2);
    Purger nginx = EdgePurger.nginx(URI.create(url));

    assertThat(failure(Purger.all(List.of(nginx, good)).purge(Purge.tags("a"))).reason())
        .isEqualTo(PurgeException.Reason.REFUSED);
    assertThat(calls).as("the other heard of it").hasSize(3);
  }

  @Test
  void settings_thatBreakARule_areNamed() {
    assertThatThrownBy(() -> HttpPurger.builder("/x")).hasMessage("url must have a host, was /x");
    assertThatThrownBy(() -> HttpPurger.builder(url).build())
        .hasMessageStartingWith("url must have either {tag} or {url} in it");
    assertThatThrownBy(() -> HttpPurger.builder(url + "/{tag}").urlsInBody("x").build())
        .hasMessageStartingWith("url must have either");
    assertThatThrownBy(() -> HttpPurger.builder(url).method("get"))
        .hasMessage("method must be 1 to 32 capital letters, was get");
    assertThatThrownBy(() -> HttpPurger.builder(url).header("A", "x\r\ny"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> HttpPurger.builder(url).timeout(Duration.ZERO))
        .hasMessage("timeout must be 1 ms to PT1M, was PT0S");
    assertThatThrownBy(() -> EdgePurger.nginx(URI.create("http://h/path")))
        .hasMessageStartingWith("node must be a URL with a host and without path");
    for (String bad : List.of("ftp://h/", "/x", "http://u@h/", "http://h/#f", "http://h/\u00e4")) {
      assertThatThrownBy(() -> Purge.urls(URI.create(bad)))
          .hasMessageStartingWith("a URL to purge must be http or https with a host");
    }
    assertThatThrownBy(() -> Purge.tags("a b")).hasMessageStartingWith("a tag must be");
  }
}
