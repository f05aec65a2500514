// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.sample.platform.web.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Shows the actuator, health excepted, only to a process on this machine that connects directly:
 * the peer of the socket is a loopback address and no header says that somebody was in between. For
 * everybody else there is nothing here. Thread-safe.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 20)
final class ActuatorFilter extends OncePerRequestFilter {

  private static final List<String> FORWARDED =
      List.of("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via");

  /** Set by Tomcat's RemoteIpValve, which takes the header out and may put a forged address in. */
  private static final String REWRITTEN = "org.apache.tomcat.request.forwarded";

  private final ProblemWriter problems;

  ActuatorFilter(ProblemWriter problems) {
    this.problems = problems;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    String path = request.getServletPath();
    return !path.startsWith("/actuator")
        || path.equals("/actuator/health")
        || path.startsWith("/actuator/health/");
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (isDirectLoopback(request)) {
      chain.doFilter(request, response);
    } else {
      problems.write(request, response, Problem.notFound());
    }
  }

  /**
   * Tells whether a request comes straight from this machine. Filters and valves that put what a
   * header says in place of the peer are looked through or count as somebody in between.
   */
  static boolean isDirectLoopback(HttpServletRequest filtered) {
    ServletRequest request = filtered;
    while (request instanceof ServletRequestWrapper wrapper) {
      request = wrapper.getRequest();
    }
    return request instanceof HttpServletRequest received
        && received.getAttribute(REWRITTEN) == null
        && isLoopback(received);
  }

  private static boolean isLoopback(HttpServletRequest request) {
    for (String header : FORWARDED) {
      if (request.getHeader(header) != null) {
        return false;
      }
    }
    try {
      return InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress();
    } catch (UnknownHostException notAnAddress) {
      return false;
    }
  }
}
