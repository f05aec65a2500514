// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.EngineCluster;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the guide's configuration of a real cache makes of a policy's headers and of purges. */
abstract class EdgeContract {
  static final Duration LIMIT = Duration.ofSeconds(10);
  static final Purger PURGER = purge -> CompletableFuture.completedFuture(null);

  private HttpClient client = newClient();
  final Origin origin = new Origin(lifetime(3_600, 0, 0));
  Purger purger;
  private URI uri;
  private EngineCluster edge;

  abstract EngineCluster start(int originPort);

  abstract URI uri(EngineCluster edge);

  abstract Purger purger(URI node);

  private static HttpClient newClient() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(LIMIT)
        .build();
  }

  @BeforeEach
  void startEdge() {
    edge = start(origin.port());
    uri = uri(edge);
    purger = purger(uri);
  }

  @AfterEach
  void stopEdge() {
    origin.close();
    if (edge != null) {
      edge.close();
    }
  }

  static String resource(String name) {
    try (InputStream in =
        Objects.requireNonNull(EdgeContract.class.getResourceAsStream("/edge/" + name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static HttpCachePolicy lifetime(int seconds, int updating, int failing) {
    return HttpCachePolicy.forEverybody()
        .purgedBy(PURGER)
        .sharedMaxAge(Duration.ofSeconds(seconds))
        .staleWhileRevalidate(Duration.ofSeconds(updating))
        .staleIfError(Duration.ofSeconds(failing))
        .tags("all")
        .build();
  }

  URI page(String path) {
    return uri.resolve(path);
  }

  HttpResponse<String> get(String path, String... headers) {
    return ask("GET", path, headers);
  }

  HttpResponse<String> ask(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(page(path))
            .timeout(LIMIT)
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("none");
  }

  static void done(CompletionStage<Void> purge) {
    assertThat(purge.toCompletableFuture()).succeedsWithin(LIMIT);
  }

  @Test
  void page_withinItsLifetime_isKept_andTheBrowserIsToldItsOwn() {
    HttpResponse<String> first = get("/a?x=1");
    HttpResponse<String> second = get("/a?x=1");

    assertThat(second.body()).isEqualTo("version 1");
    assertThat(header(second, "X-Cache")).isEqualTo("HIT");
    assertThat(origin.full).hasValue(1);
    for (HttpResponse<String> response : List.of(first, second)) {
      assertThat(header(response, "Cache-Control")).isEqualTo("public, max-age=0, s-maxage=3600");
      assertThat(header(response, "ETag")).isEqualTo("\"1\"");
      assertThat(header(response, "Surrogate-Key")).isEqualTo("none");
      assertThat(header(response, "CDN-Cache-Control")).isEqualTo("none");
      assertThat(response.headers().allValues("Cache-Control")).hasSize(1);
    }
    assertThat(ask("HEAD", "/a?x=1").statusCode()).isEqualTo(200);
    assertThat(get("/a?x=2").body()).isEqualTo("version 1");
    assertThat(origin.full).as("another query is another page").hasValue(2);
  }

  @Test
  void browser_thatHasThePage_gets304FromTheCache() {
    get("/a");
    HttpResponse<String> known = get("/a", "If-None-Match", "\"1\"");

    assertThat(known.statusCode()).isEqualTo(304);
    assertThat(header(known, "ETag")).isEqualTo("\"1\"");
    assertThat(header(known, "Cache-Control")).isEqualTo("public, max-age=0, s-maxage=3600");
    assertThat(get("/a", "If-None-Match", "\"0\"").statusCode()).isEqualTo(200);
    assertThat(origin.asked).hasValue(1);
  }

  @Test
  void page_pastItsLifetime_isAskedForBy304() {
    origin.policy = lifetime(1, 0, 0);
    get("/a");
    await()
        .atMost(LIMIT)
        .until(() -> get("/a").body().equals("version 1") && origin.notModified.get() > 0);

    assertThat(origin.full).as("its body was sent once").hasValue(1);
    int asked = origin.asked.get();
    assertThat(get("/a").body()).isEqualTo("version 1");
    assertThat(origin.asked).as("the 304 began a new lifetime").hasValue(asked);
    origin.version = 2;
    await().atMost(LIMIT).until(() -> get("/a").body().equals("version 2"));
  }

  @Test
  void purge_ofAUrl_showsTheNewPageWithinASecond() {
    get("/p%20q/7?x=%2F&y");
    get("/other");
    origin.version = 2;
    assertThat(get("/p%20q/7?x=%2F&y").body()).isEqualTo("version 1");
    long before = System.nanoTime();
    done(purger.purge(Purge.urls(page("/p%20q/7?x=%2F&y"), page("/never-asked-for"))));

    assertThat(get("/p%20q/7?x=%2F&y").body()).isEqualTo("version 2");
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    assertThat(get("/other").body()).isEqualTo("version 1");
  }

  @Test
  void stalePage_whileTheNewOneIsMade_isHandedOutAtOnce() {
    origin.policy = lifetime(1, 60, 0);
    get("/a");
    origin.version = 2;
    origin.gate = new CountDownLatch(1);
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              // nginx has the connection wait for the new page, so another one is needed
              client = newClient();
              assertThat(get("/a").body())
                  .as("without waiting for the gate")
                  .isEqualTo("version 1");
              return origin.asked.get() == 2;
            });
    client = newClient();
    assertThat(get("/a").body()).isEqualTo("version 1");
    origin.gate.countDown();

    await().atMost(LIMIT).until(() -> get("/a").body().equals("version 2"));
    assertThat(origin.asked).hasValueLessThanOrEqualTo(3);
  }

  @Test
  void stalePage_whenTheApplicationFails_isHandedOut() {
    origin.policy = lifetime(1, 0, 60);
    get("/a");
    origin.down = true;
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              HttpResponse<String> response = get("/a");
              assertThat(response.statusCode()).isEqualTo(200);
              assertThat(response.body()).isEqualTo("version 1");
              return origin.failed.get() > 1;
            });
    assertThat(get("/never-seen").statusCode()).isGreaterThanOrEqualTo(500);
    origin.down = false;
    origin.version = 2;

    await().atMost(LIMIT).until(() -> get("/a").body().equals("version 2"));
  }

  @Test
  void stalePage_withoutLeave_isNotHandedOut() {
    origin.policy = lifetime(1, 0, 0);
    get("/a");
    origin.down = true;

    await().atMost(LIMIT).until(() -> get("/a").statusCode() >= 500);
    assertThat(origin.failed).hasPositiveValue();
  }

  @Test
  void purgedPage_isNotHandedOutAsStale() {
    origin.policy = lifetime(3_600, 60, 60);
    get("/a");
    done(purger.purge(Purge.urls(page("/a"))));
    origin.down = true;

    assertThat(get("/a").statusCode()).isGreaterThanOrEqualTo(500);
  }

  @Test
  void pages_ofOneUser_areNotKept() {
    get("/a", "Authorization", "Bearer 1");
    get("/a", "Authorization", "Bearer 2");
    assertThat(origin.full).hasValue(2);
    origin.setCookie = "session=7";
    get("/b");
    HttpResponse<String> again = get("/b");

    assertThat(origin.full).hasValue(4);
    assertThat(header(again, "Cache-Control")).isEqualTo("private, no-store");
  }

  @Test
  void pageForAll_isNotMadeFromOneWithAuthorization() {
    get("/a", "Authorization", "Bearer 1");
    assertThat(header(get("/a"), "Cache-Control")).startsWith("public");
    assertThat(get("/a").body()).isEqualTo("version 1");
    assertThat(origin.full).hasValue(2);
  }

  @Test
  void answer_underWayWhileItIsPurged_goesByTheSecondPurge() {
    CountDownLatch gate = new CountDownLatch(1);
    origin.gate = gate;
    CompletableFuture<HttpResponse<String>> old = CompletableFuture.supplyAsync(() -> get("/a"));
    await().atMost(LIMIT).until(() -> origin.asked.get() == 1);
    origin.version = 2;
    origin.gate = new CountDownLatch(0);
    try (BatchingPurger batching =
        BatchingPurger.builder("edge", purger).again(Duration.ofSeconds(1)).build()) {
      done(batching.purge(Purge.urls(page("/a"))));
      gate.countDown();
      assertThat(old.join().body()).isEqualTo("version 1");

      await().atMost(LIMIT).until(() -> get("/a").body().equals("version 2"));
    }
  }

  @Test
  void purge_ofACacheThatDoesNotAnswer_isDoneWhenItDoes() {
    get("/a");
    origin.version = 2;
    try (BatchingPurger batching = BatchingPurger.builder("edge", impatient(uri)).build()) {
      freeze(edge);
      CompletionStage<Void> purge = batching.purge(Purge.urls(page("/a")));
      await().atMost(LIMIT).until(() -> batching.stats().failedRequests() > 1);
      assertThat(purge.toCompletableFuture()).isNotDone();
      thaw(edge);
      done(purge);

      assertThat(get("/a").body()).isEqualTo("version 2");
      assertThat(batching.stats().lost()).isZero();
    }
  }

  abstract Purger impatient(URI node);

  abstract void freeze(EngineCluster cluster);

  abstract void thaw(EngineCluster cluster);
}
