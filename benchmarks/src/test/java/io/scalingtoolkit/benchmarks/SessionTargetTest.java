// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server of one user that answers as each test says. */
final class SessionTargetTest {
  private final List<String> bookmarks = new CopyOnWriteArrayList<>();
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicInteger answers = new AtomicInteger();
  private final CountDownLatch release = new CountDownLatch(1);
  private LocalServer server;
  private SampleApi api;
  private volatile boolean held;
  private volatile int status = 201;
  private volatile long version = 1;

  @BeforeEach
  void start() throws Exception {
    server = new LocalServer(this::answer);
    api = new SampleApi(server.url(), "t");
    api.seed(1, 1);
    status = 200;
    bookmarks.clear();
    lines.clear();
  }

  @AfterEach
  void stop() {
    release.countDown();
    api.close();
    server.close();
  }

  @Test
  void call_secondRequest_carriesTheBookmarkOfTheAnswerBefore() {
    SessionTarget target = new SessionTarget(api, true);
    int seeded = answers.get();

    assertThat(call(target, Kind.READ_ITEM)).isTrue();
    assertThat(call(target, Kind.LIST_ITEMS)).isTrue();
    assertThat(call(target, Kind.READ_USER)).isTrue();

    assertThat(bookmarks).containsExactly("none", "b" + (seeded + 1), "b" + (seeded + 2));
    assertThat(target.sessions()).isEqualTo(1);
  }

  @Test
  void call_withoutBookmarks_sendsNone() {
    SessionTarget target = new SessionTarget(api, false);

    call(target, Kind.READ_ITEM);
    call(target, Kind.READ_ITEM);

    assertThat(bookmarks).containsExactly("none", "none");
  }

  @Test
  void call_sessionBusy_opensAnotherOneWithoutBookmark() throws Exception {
    SessionTarget target = new SessionTarget(api, true);
    call(target, Kind.READ_ITEM);
    held = true;
    CompletableFuture<Boolean> first = target.call(new Arrival(0, Kind.READ_ITEM, 0));
    CompletableFuture<Boolean> second = target.call(new Arrival(0, Kind.READ_ITEM, 0));
    release.countDown();

    assertThat(first.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(second.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(target.sessions()).isEqualTo(2);
    assertThat(bookmarks).filteredOn("none"::equals).hasSize(2);
  }

  @Test
  void call_readAfterReplacement_showsAnOlderVersion_isStale() {
    SessionTarget target = new SessionTarget(api, true);
    version = 5;
    call(target, Kind.REPLACE_ITEM);
    version = 4;

    assertThat(call(target, Kind.READ_ITEM)).as("the answer is right in itself").isTrue();

    assertThat(target.counts().ownWrites()).isEqualTo(1);
    assertThat(target.counts().olderThanWritten()).isEqualTo(1);
  }

  @Test
  void call_readAfterCreation_isOfTheNewItemAndNotThere_isStaleAndAnError() {
    SessionTarget target = new SessionTarget(api, true);
    status = 201;
    call(target, Kind.CREATE_ITEM);
    status = 404;

    assertThat(call(target, Kind.READ_ITEM)).isFalse();

    assertThat(lines.get(1)).isEqualTo("GET /api/items/i" + (answers.get() - 1));
    assertThat(target.counts().olderThanWritten()).isEqualTo(1);
    assertThat(target.errors()).containsOnlyKeys("read item: 404");
  }

  @Test
  void call_failedWriteAndFailedRead_setNoFloorAndAreNotJudged() {
    SessionTarget target = new SessionTarget(api, true);
    version = 5;
    status = 503;
    call(target, Kind.REPLACE_ITEM);
    call(target, Kind.READ_ITEM);
    status = 200;
    version = 1;
    call(target, Kind.READ_ITEM);

    assertThat(target.counts().ownWrites()).isZero();
    assertThat(target.counts().olderThanWritten()).isZero();
    assertThat(target.errors()).containsEntry("replace item: 503", 1L);
  }

  private static boolean call(SessionTarget target, Kind kind) {
    return target.call(new Arrival(0, kind, 0)).join();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (held) {
      awaitRelease();
    }
    String bookmark = exchange.getRequestHeaders().getFirst(SampleApi.BOOKMARK);
    bookmarks.add(bookmark == null ? "none" : bookmark);
    lines.add(exchange.getRequestMethod() + " " + path);
    int number = answers.incrementAndGet();
    exchange.getResponseHeaders().set(SampleApi.BOOKMARK, "b" + number);
    exchange.getResponseHeaders().set("ETag", "\"" + version + "\"");
    byte[] body =
        ("{\"id\":\"i" + number + "\",\"userId\":\"u\",\"accessToken\":\"t\"}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void awaitRelease() {
    try {
      assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
