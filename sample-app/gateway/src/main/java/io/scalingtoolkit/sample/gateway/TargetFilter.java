// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * The door: refuses what must not be passed on, and keeps the framework's hands off the rest.
 * Thread-safe.
 */
final class TargetFilter extends HttpFilter {

  static final String ALLOW = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

  private static final long serialVersionUID = 1L;
  private static final Set<String> METHODS = Set.of(ALLOW.split(", "));

  private final long maxBody;

  /**
   * @param maxBody largest body that is passed on, in bytes
   */
  TargetFilter(long maxBody) {
    this.maxBody = maxBody;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!METHODS.contains(request.getMethod())) {
      GatewayProblem.METHOD_NOT_ALLOWED.write(response);
      return;
    }
    String query = request.getQueryString();
    switch (Target.of(request.getRequestURI(), query == null ? "" : query)) {
      case MALFORMED -> GatewayProblem.BAD_REQUEST.write(response);
      case HIDDEN -> GatewayProblem.NOT_FOUND.write(response);
      case OPEN -> {
        if (request.getContentLengthLong() > maxBody) {
          GatewayProblem.CONTENT_TOO_LARGE.write(response);
        } else {
          chain.doFilter(new Untouched(request), response);
        }
      }
    }
  }

  /**
   * Hides from the framework what it would act upon: to look for a parameter it would read the body
   * of a form, and a preflight it would answer itself.
   */
  private static final class Untouched extends HttpServletRequestWrapper {

    Untouched(HttpServletRequest request) {
      super(request);
    }

    @Override
    public @Nullable String getHeader(String name) {
      return name.equalsIgnoreCase(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD)
          ? null
          : super.getHeader(name);
    }

    @Override
    public @Nullable String getParameter(String name) {
      return null;
    }

    @Override
    public Map<String, String[]> getParameterMap() {
      return Map.of();
    }

    @Override
    public Enumeration<String> getParameterNames() {
      return Collections.emptyEnumeration();
    }

    @Override
    public String @Nullable [] getParameterValues(String name) {
      return null;
    }
  }
}
