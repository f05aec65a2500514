// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.spring.StarterMetric;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;

/**
 * Has each request work in a scope that has seen what its bookmark says, and gives its response a
 * bookmark of what it has seen.
 *
 * <p>It runs ahead of whatever reads the database, such as Spring Session and Spring Security, and
 * behind what observes the request. A dispatch for an error or for an asynchronous result goes on
 * with the session of the first one. Thread-safe.
 */
final class BookmarkFilter implements Filter {
  /** Behind the observation filter (+1), ahead of Spring Session (+50) and Spring Security. */
  static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 20;

  private static final String EXCHANGE = BookmarkExchange.class.getName();

  private final BookmarkCodec codec;
  private final BookmarkCarriers carriers;
  private final @Nullable Counter late;

  BookmarkFilter(BookmarkCodec codec, BookmarkCarriers carriers, @Nullable MeterRegistry registry) {
    this.codec = codec;
    this.carriers = carriers;
    late =
        registry == null
            ? null
            : Counter.builder(StarterMetric.BOOKMARK_LATE.id())
                .baseUnit(StarterMetric.BOOKMARK_LATE.baseUnit())
                .register(registry);
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!(request instanceof HttpServletRequest http)
        || !(response instanceof HttpServletResponse httpResponse)) {
      chain.doFilter(request, response);
      return;
    }
    BookmarkExchange known = (BookmarkExchange) request.getAttribute(EXCHANGE);
    BookmarkExchange exchange = known == null ? new BookmarkExchange(codec, carriers, http) : known;
    request.setAttribute(EXCHANGE, exchange);
    ConsistencyScope scope = exchange.open();
    try {
      chain.doFilter(
          request, isWrapped(response) ? response : new BookmarkResponse(httpResponse, exchange));
    } finally {
      scope.close();
      if (!request.isAsyncStarted()) {
        finish(httpResponse, exchange);
      }
    }
  }

  /** An asynchronous dispatch may come with the response that the first one was given. */
  private static boolean isWrapped(ServletResponse response) {
    return response instanceof BookmarkResponse
        || (response instanceof ServletResponseWrapper wrapper
            && wrapper.isWrapperFor(BookmarkResponse.class));
  }

  private void finish(HttpServletResponse response, BookmarkExchange exchange) {
    if (!response.isCommitted()) {
      exchange.send(response);
    }
    if (late != null && exchange.noticeLoss()) {
      late.increment();
    }
  }
}
