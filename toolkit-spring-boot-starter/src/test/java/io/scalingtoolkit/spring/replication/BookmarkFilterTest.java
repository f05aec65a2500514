// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.BookmarkKey;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.replication.postgres.PostgresPosition;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class BookmarkFilterTest {
  private static final String HEADER = "Toolkit-Bookmark";
  private static final String COOKIE = "toolkit-bookmark";
  private static final byte[] SECRET = new byte[32];

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final BookmarkCodec codec =
      BookmarkCodec.builder()
          .discoveredTypes()
          .signingKey(BookmarkKey.of("k1", SECRET))
          .meterRegistry(meters)
          .build();
  private final BookmarkFilter filter =
      new BookmarkFilter(
          codec,
          new BookmarkCarriers(HEADER, new BookmarkCarriers.CookieForm(COOKIE, "/app", true, 60)),
          meters);
  private final MockHttpServletRequest request = new MockHttpServletRequest();
  private final MockHttpServletResponse response = new MockHttpServletResponse();

  BookmarkFilterTest() {
    request.setAsyncSupported(true);
  }

  static Bookmark bookmark(long position) {
    return Bookmark.of("db", PostgresPosition.of(7, 1, position));
  }

  @AfterEach
  void noScopeIsLeft() {
    assertThat(ConsistencyScope.current()).isNull();
  }

  private static void see(long position) {
    Objects.requireNonNull(ConsistencyScope.current()).observe(bookmark(position));
  }

  private Bookmark inHeader() {
    return codec.decode(response.getHeader(HEADER)).bookmark();
  }

  private double late() {
    return meters.get("toolkit.bookmark.late").counter().count();
  }

  private void run(FilterChain chain) throws ServletException, IOException {
    filter.doFilter(request, response, chain);
  }

  @Test
  void handler_thatSeesNothing_givesNoBookmark() throws Exception {
    run((req, res) -> assertThat(ConsistencyScope.current()).isNotNull());

    assertThat(response.getHeaderNames()).isEmpty();
    assertThat(late()).isZero();
  }

  @Test
  void handler_thatSees_givesHeaderAndCookie() throws Exception {
    run((req, res) -> see(5));

    assertThat(inHeader()).isEqualTo(bookmark(5));
    Cookie cookie = response.getCookie(COOKIE);
    assertThat(codec.decode(cookie.getValue()).bookmark()).isEqualTo(bookmark(5));
    assertThat(cookie.getPath()).isEqualTo("/app");
    assertThat(cookie.getMaxAge()).isEqualTo(60);
    assertThat(cookie.isHttpOnly()).isTrue();
    assertThat(cookie.getSecure()).isTrue();
    assertThat(cookie.getAttribute("SameSite")).isEqualTo("Lax");
  }

  @Test
  void request_withHeaderAndCookie_startsWithBoth() throws Exception {
    request.addHeader(HEADER, codec.encode(bookmark(3)));
    request.setCookies(
        new Cookie(COOKIE, codec.encode(Bookmark.of("b", PostgresPosition.of(8, 1, 9)))));

    run(
        (req, res) ->
            assertThat(ConsistencyScope.current().bookmark())
                .isEqualTo(bookmark(3).with("b", PostgresPosition.of(8, 1, 9))));

    assertThat(inHeader().sources()).containsExactlyInAnyOrder("db", "b");
  }

  @Test
  void bookmark_unchanged_isNotSentAgain() throws Exception {
    String text = codec.encode(bookmark(3));
    request.addHeader(HEADER, text);
    request.setCookies(new Cookie(COOKIE, text));

    run((req, res) -> see(2));

    assertThat(response.getHeaderNames()).isEmpty();
    assertThat(late()).isZero();
  }

  @Test
  void bookmark_signedWithAnOldKey_isRenewed() throws Exception {
    BookmarkKey old = BookmarkKey.of("k0", SECRET);
    request.addHeader(
        HEADER,
        BookmarkCodec.builder().discoveredTypes().signingKey(old).build().encode(bookmark(3)));
    BookmarkCodec both =
        BookmarkCodec.builder()
            .discoveredTypes()
            .signingKey(BookmarkKey.of("k1", SECRET))
            .verifyingKey(old)
            .build();

    new BookmarkFilter(both, new BookmarkCarriers(HEADER, null), null)
        .doFilter(request, response, (req, res) -> {});

    assertThat(inHeader()).isEqualTo(bookmark(3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "!", "AAAA", "forged", "oversized"})
  void bookmark_thatIsNotOurs_isIgnoredAndCounted(String text) throws Exception {
    String sent =
        switch (text) {
          case "forged" ->
              BookmarkCodec.builder()
                  .signingKey(BookmarkKey.of("k1", "another secret of 32 characters.".getBytes()))
                  .build()
                  .encode(bookmark(9));
          case "oversized" -> "A".repeat(BookmarkCodec.MAX_CHARS + 1);
          default -> text;
        };
    request.addHeader(HEADER, sent);

    run(
        (req, res) -> {
          assertThat(ConsistencyScope.current().bookmark().isEmpty()).isTrue();
          see(1);
        });

    assertThat(inHeader()).isEqualTo(bookmark(1));
    assertThat(
            meters.get("toolkit.bookmark.decodes").counters().stream()
                .filter(counter -> !"accepted".equals(counter.getId().getTag("outcome")))
                .mapToDouble(io.micrometer.core.instrument.Counter::count)
                .sum())
        .isEqualTo(1);
  }

  @Test
  void headers_sentTooOften_areNotAllLookedAt() throws Exception {
    for (int i = 1; i <= BookmarkCarriers.MAX_TEXTS + 1; i++) {
      request.addHeader(HEADER, codec.encode(bookmark(i)));
    }

    run(
        (req, res) ->
            assertThat(ConsistencyScope.current().bookmark())
                .isEqualTo(bookmark(BookmarkCarriers.MAX_TEXTS)));
  }

  /** The ways in which a handler commits; see {@link #commit}. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "flushBuffer",
        "stream flush",
        "stream close",
        "stream full",
        "stream length",
        "header length",
        "writer flush",
        "writer close",
        "writer full",
        "sendError",
        "redirect"
      })
  void response_aboutToBeCommitted_takesTheBookmarkAlong(String way) throws Exception {
    run(
        (req, res) -> {
          see(5);
          commit(way, (HttpServletResponse) res);
          assertThat(response.getHeader(HEADER)).as("before the end").isNotNull();
        });

    assertThat(inHeader()).isEqualTo(bookmark(5));
    assertThat(response.getHeaders("Set-Cookie")).hasSize(1);
    assertThat(late()).isZero();
  }

  private static void commit(String way, HttpServletResponse response) throws IOException {
    switch (way) {
      case "flushBuffer" -> response.flushBuffer();
      case "stream flush" -> response.getOutputStream().flush();
      case "stream close" -> response.getOutputStream().close();
      case "stream full" -> response.getOutputStream().write(new byte[response.getBufferSize()]);
      case "stream length" -> {
        response.setContentLength(2);
        response.getOutputStream().write(1);
        response.getOutputStream().write(1);
      }
      case "header length" -> {
        response.setHeader("content-length", "2");
        response.getOutputStream().write(new byte[2]);
      }
      case "writer flush" -> response.getWriter().flush();
      case "writer close" -> response.getWriter().close();
      case "writer full" -> response.getWriter().print("x".repeat(response.getBufferSize()));
      case "sendError" -> response.sendError(404, "no");
      case "redirect" -> response.sendRedirect("/elsewhere");
      default -> throw new IllegalArgumentException(way);
    }
  }

  @Test
  void response_stillBuffered_takesWhatIsSeenLater() throws Exception {
    run(
        (req, res) -> {
          res.getOutputStream().write(new byte[10]);
          res.getOutputStream().println("a line");
          see(5);
        });

    assertThat(inHeader()).isEqualTo(bookmark(5));
  }

  @Test
  void response_committedTooEarly_isCountedOnce() throws Exception {
    run(
        (req, res) -> {
          res.flushBuffer();
          see(5);
        });
    request.setDispatcherType(DispatcherType.ERROR);
    run((req, res) -> see(6));

    assertThat(response.getHeader(HEADER)).isNull();
    assertThat(late()).isEqualTo(1);
  }

  @Test
  void response_reset_takesTheBookmarkAgain() throws Exception {
    run(
        (req, res) -> {
          see(5);
          ((HttpServletResponse) res).setContentLength(1);
          res.getOutputStream().write(1);
          res.reset();
        });

    assertThat(inHeader()).isEqualTo(bookmark(5));
    assertThat(response.getHeaders("Set-Cookie")).hasSize(1);
  }

  @Test
  void handler_thatFails_givesTheBookmarkAllTheSame() {
    assertThatThrownBy(
            () ->
                run(
                    (req, res) -> {
                      see(5);
                      throw new ServletException("x");
                    }))
        .isInstanceOf(ServletException.class);

    assertThat(inHeader()).isEqualTo(bookmark(5));
  }

  @Test
  void dispatch_forAnError_goesOnInTheSessionAndSendsNothingTwice() throws Exception {
    run((req, res) -> see(5));
    request.setDispatcherType(DispatcherType.ERROR);
    run((req, res) -> assertThat(ConsistencyScope.current().bookmark()).isEqualTo(bookmark(5)));

    assertThat(response.getHeaders(HEADER)).hasSize(1);
    assertThat(response.getHeaders("Set-Cookie")).hasSize(1);
  }

  @Test
  void dispatch_forAnAsynchronousResult_goesOnInTheSessionOnTheSameThread() throws Exception {
    AtomicReference<CompletableFuture<Void>> work = new AtomicReference<>();
    run(
        (req, res) -> {
          req.startAsync(req, res);
          see(1);
          work.set(CompletableFuture.runAsync(ConsistencyScope.wrap(() -> see(4))));
        });
    work.get().join();
    assertThat(response.getHeaderNames()).as("nothing is sent yet").isEmpty();

    request.setAsyncStarted(false);
    request.setDispatcherType(DispatcherType.ASYNC);
    run(
        (req, res) -> {
          assertThat(ConsistencyScope.current().bookmark()).isEqualTo(bookmark(4));
          see(6);
        });

    assertThat(inHeader()).isEqualTo(bookmark(6));
    assertThat(response.getHeaders("Set-Cookie")).hasSize(1);
    assertThat(late()).isZero();
  }

  @Test
  void response_writtenByAnotherThread_takesTheBookmarkAlong() throws Exception {
    AtomicReference<CompletableFuture<Void>> work = new AtomicReference<>();
    run(
        (req, res) -> {
          req.startAsync(req, res);
          see(1);
          work.set(
              CompletableFuture.runAsync(
                  ConsistencyScope.wrap(
                      () -> {
                        see(4);
                        try {
                          res.flushBuffer();
                        } catch (IOException e) {
                          throw new IllegalStateException(e);
                        }
                      })));
        });
    work.get().join();

    assertThat(inHeader()).isEqualTo(bookmark(4));
  }
}
