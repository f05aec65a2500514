// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.spring.address.ClientAddresses;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Applies the policies that need the user or the handler, once per request, before the handler's
 * arguments are read. Thread-safe; it waits for the backend at most.
 */
final class LimitInterceptor implements HandlerInterceptor {
  private static final String ASKED = LimitInterceptor.class.getName();

  private final LimitPolicies policies;
  private final ClientAddresses addresses;
  private final RefusalWriter refusals;

  LimitInterceptor(LimitPolicies policies, ClientAddresses addresses, RefusalWriter refusals) {
    this.policies = policies;
    this.addresses = addresses;
    this.refusals = refusals;
  }

  @Override
  public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
      throws IOException {
    // Dispatches for errors and asynchronous results belong to a request that was asked already. A
    // forward may be the first that comes here, if a filter sent it.
    DispatcherType type = request.getDispatcherType();
    if ((type != DispatcherType.REQUEST && type != DispatcherType.FORWARD)
        || request.getAttribute(ASKED) != null) {
      return true;
    }
    request.setAttribute(ASKED, true);
    Verdict verdict = policies.decide(Policy.Stage.ROUTED, new RequestFacts(request, addresses));
    AppliedFields.add(request, response, verdict.fields());
    Refusal refusal = verdict.refusal();
    if (refusal == null) {
      return true;
    }
    refusals.refuse(request, response, refusal);
    return false;
  }
}
