// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The gateway's own answers, as problem documents (RFC 9457). Immutable. */
enum GatewayProblem {
  /** Target or framing of the request can be read in more than one way. */
  BAD_REQUEST(400, "Bad request", "The request is not one that can be passed on."),
  NOT_FOUND(404, "Not found", "There is nothing here for this caller."),
  METHOD_NOT_ALLOWED(405, "Method not allowed", "This method is not passed on."),
  CONTENT_TOO_LARGE(413, "Content too large", "The body is larger than what is passed on."),
  /** The request reached an instance, and it is not known what became of it. */
  BAD_GATEWAY(502, "Bad gateway", "The instance that worked on the request has failed."),
  /** The request reached no instance: it can be repeated whatever it asks for. */
  SERVICE_UNAVAILABLE(503, "Service unavailable", "No instance is ready; try again."),
  GATEWAY_TIMEOUT(504, "Gateway timeout", "The instance did not answer in time.");

  /** How long a probe may take to find an instance again. */
  private static final String RETRY_AFTER_SECONDS = "1";

  private final int status;
  private final String title;
  private final String detail;

  GatewayProblem(int status, String title, String detail) {
    this.status = status;
    this.title = title;
    this.detail = detail;
  }

  int status() {
    return status;
  }

  /** Answers with this problem; does nothing when an answer is already on its way. */
  void write(HttpServletResponse response) throws IOException {
    if (response.isCommitted()) {
      return;
    }
    response.reset();
    response.setStatus(status);
    response.setContentType("application/problem+json");
    if (this == SERVICE_UNAVAILABLE) {
      response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
    }
    if (this == METHOD_NOT_ALLOWED) {
      response.setHeader("Allow", TargetFilter.ALLOW);
    }
    byte[] body = document(status, title, detail);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  /** The document about any status, with texts that need no escapes. */
  static byte[] document(int status, String title, String detail) {
    return """
        {"type":"about:blank","title":"%s","status":%d,"detail":"%s"}"""
        .formatted(title, status, detail)
        .getBytes(StandardCharsets.UTF_8);
  }
}
