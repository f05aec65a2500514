// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/**
 * Problem documents of the types that draft-ietf-httpapi-ratelimit-headers-11 defines; immutable.
 * Nothing of the request is in them, and names of policies need no escape.
 */
enum ProblemRefusals implements RefusalWriter {
  INSTANCE;

  private static final String TYPES = "https://iana.org/assignments/http-problem-types#";

  @Override
  public void write(HttpServletRequest request, HttpServletResponse response, Refusal refusal)
      throws IOException {
    byte[] body = body(refusal).getBytes(StandardCharsets.UTF_8);
    response.setStatus(refusal.status());
    response.setContentType("application/problem+json");
    response.setHeader("Cache-Control", "no-store");
    response.setContentLength(body.length);
    if (!request.getMethod().equals("HEAD")) {
      response.getOutputStream().write(body);
    }
  }

  private static String body(Refusal refusal) {
    boolean quota = refusal.status() == 429;
    String violated =
        refusal.violatedPolicies().stream()
            .map(name -> '"' + name + '"')
            .collect(Collectors.joining(","));
    return "{\"type\":\""
        + TYPES
        + (quota ? "quota-exceeded" : "temporary-reduced-capacity")
        + "\",\"title\":\""
        + (quota
            ? "Request cannot be satisfied as assigned quota has been exceeded"
            : "Request cannot be satisfied due to temporary server capacity constraints")
        + "\",\"status\":"
        + refusal.status()
        + ",\"detail\":\"Try again in "
        + refusal.retryAfterSeconds()
        + " s.\",\"violated-policies\":["
        + violated
        + "]}";
  }
}
