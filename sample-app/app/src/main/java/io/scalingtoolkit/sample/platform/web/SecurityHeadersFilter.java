// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Headers that narrow what a browser does with an answer. They are set before anything else runs,
 * so refusals have them too, and a handler may replace one. Thread-safe.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
final class SecurityHeadersFilter extends OncePerRequestFilter {

  private static final String POLICY = "Content-Security-Policy";
  private static final String API = "default-src 'none'; frame-ancestors 'none'";
  private static final String PAGES =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  /** Swagger UI writes style attributes; its scripts are files. */
  private static final String SWAGGER =
      PAGES.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    set(request, response);
    chain.doFilter(request, response);
  }

  /** Sets them on an answer that is given before any filter runs. */
  static void set(HttpServletRequest request, HttpServletResponse response) {
    String path = request.getRequestURI();
    boolean api = path.startsWith("/api/") || path.startsWith("/actuator");
    response.setHeader(POLICY, policy(path, api));
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("X-Frame-Options", "DENY");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    if (api) {
      response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    }
  }

  private static String policy(String path, boolean api) {
    if (api) {
      return API;
    }
    return path.startsWith("/swagger-ui") ? SWAGGER : PAGES;
  }
}
