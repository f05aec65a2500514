// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/**
 * One log line a request: method, route, status and time taken. The route is the pattern of the
 * handler and never the path, so that no identifier, name or query reaches the log. Thread-safe.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 5)
final class RequestLogFilter extends OncePerRequestFilter {

  private static final Logger LOG = LoggerFactory.getLogger("io.scalingtoolkit.sample.requests");

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !LOG.isInfoEnabled() || request.getServletPath().startsWith("/actuator");
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    long started = System.nanoTime();
    try {
      chain.doFilter(request, response);
    } finally {
      Object route = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
      LOG.atInfo()
          .addKeyValue("event.action", "http.request")
          .addKeyValue("http.request.method", method(request))
          .addKeyValue("http.route", route == null ? "none" : route.toString())
          .addKeyValue("http.response.status_code", response.getStatus())
          .addKeyValue("event.duration", System.nanoTime() - started)
          .log("request");
    }
  }

  /** Only known methods: a client may send any word, a secret included. */
  private static String method(HttpServletRequest request) {
    return switch (request.getMethod()) {
      case "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS" -> request.getMethod();
      default -> "other";
    };
  }
}
