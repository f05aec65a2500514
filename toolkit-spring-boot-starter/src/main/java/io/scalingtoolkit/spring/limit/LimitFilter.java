// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.spring.address.ClientAddresses;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;

/**
 * Applies the policies that need neither user nor handler, ahead of security and before anything
 * reads the body. Thread-safe; it waits for the backend at most.
 */
final class LimitFilter implements Filter {
  /** Behind what observes and logs requests, ahead of the filter for admission and security. */
  static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 15;

  private final LimitPolicies policies;
  private final ClientAddresses addresses;
  private final RefusalWriter refusals;

  LimitFilter(LimitPolicies policies, ClientAddresses addresses, RefusalWriter refusals) {
    this.policies = policies;
    this.addresses = addresses;
    this.refusals = refusals;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request instanceof HttpServletRequest http
        && response instanceof HttpServletResponse answer
        && isRefused(http, answer)) {
      return;
    }
    chain.doFilter(request, response);
  }

  private boolean isRefused(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Verdict verdict = policies.decide(Policy.Stage.EARLY, new RequestFacts(request, addresses));
    AppliedFields.add(request, response, verdict.fields());
    Refusal refusal = verdict.refusal();
    if (refusal == null) {
      return false;
    }
    refusals.refuse(request, response, refusal);
    return true;
  }
}
