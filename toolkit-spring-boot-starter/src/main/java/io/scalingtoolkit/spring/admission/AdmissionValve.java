// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * The gate in front of everything that an application does for a request, tracing and logs
 * included: under overload most requests are refused, and what a refusal costs is taken from the
 * others. Thread-safe.
 *
 * <p>What Tomcat cannot read, or finds no application for, has no path to choose a limiter by; it
 * comes to no filter either, and Tomcat answers it for as little as a refusal would cost.
 */
final class AdmissionValve extends ValveBase {
  private final AdmissionGate gate;

  AdmissionValve(AdmissionGate gate) {
    super(true);
    this.gate = gate;
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    long waitedNanos = FrontExecutor.takeWaitedNanos();
    if (request.getContext() == null) {
      getNext().invoke(request, response);
      return;
    }
    gate.pass(
        request,
        response,
        waitedNanos,
        () -> {
          FrontExecutor.leaveFront();
          getNext().invoke(request, response);
        });
  }
}
