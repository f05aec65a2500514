// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;

/** The gate where there is no {@link AdmissionValve}, as in another container. Thread-safe. */
final class AdmissionFilter implements Filter {
  /** Right behind the limits that need no user, which cost nothing to refuse. */
  static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 16;

  private final AdmissionGate gate;

  AdmissionFilter(AdmissionGate gate) {
    this.gate = gate;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request instanceof HttpServletRequest http
        && response instanceof HttpServletResponse answer) {
      gate.pass(http, answer, 0, () -> chain.doFilter(request, response));
    } else {
      chain.doFilter(request, response);
    }
  }
}
