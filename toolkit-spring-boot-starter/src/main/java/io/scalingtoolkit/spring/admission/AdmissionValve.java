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
 */
final class AdmissionValve extends ValveBase {
  private final AdmissionGate gate;

  AdmissionValve(AdmissionGate gate) {
    super(true);
    this.gate = gate;
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    gate.pass(
        request,
        response,
        FrontExecutor.takeWaitedNanos(),
        () -> {
          FrontExecutor.leaveFront();
          getNext().invoke(request, response);
        });
  }
}
