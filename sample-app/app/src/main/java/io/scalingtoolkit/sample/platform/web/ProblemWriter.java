// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one place where a problem becomes bytes, for controllers and for filters alike. Thread-safe.
 */
@Component
public class ProblemWriter {

  private final JsonMapper json;

  /** Found once: to look for a bean takes longer than the rest of an answer. */
  private final Supplier<@Nullable Tracer> tracer;

  ProblemWriter(JsonMapper json, ObjectProvider<Tracer> tracer) {
    this.json = json;
    this.tracer = SingletonSupplier.of(tracer::getIfAvailable);
  }

  /**
   * Writes a problem from a filter or an entry point and completes the answer. Does nothing when
   * the answer is already on its way.
   *
   * @param request the request that failed
   * @param response where to write; headers set before stay
   * @param problem what to say
   * @throws IOException when the client has gone
   */
  public void write(HttpServletRequest request, HttpServletResponse response, Problem problem)
      throws IOException {
    if (response.isCommitted()) {
      return;
    }
    response.setStatus(problem.type().status());
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    Duration retryAfter = problem.retryAfter();
    if (retryAfter != null) {
      response.setHeader(HttpHeaders.RETRY_AFTER, seconds(retryAfter));
    }
    byte[] body =
        json.writeValueAsString(body(problem, request.getRequestURI()))
            .getBytes(StandardCharsets.UTF_8);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  /** Returns the same answer for a controller advice. */
  ResponseEntity<Object> entity(Problem problem, String path, HttpHeaders headers) {
    HttpHeaders all = new HttpHeaders();
    all.putAll(headers);
    all.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    if (problem.type() == ProblemType.UNAUTHORIZED
        && !all.containsHeader(HttpHeaders.WWW_AUTHENTICATE)) {
      all.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer"); // RFC 9110 asks for it on every 401
    }
    Duration retryAfter = problem.retryAfter();
    if (retryAfter != null) {
      all.set(HttpHeaders.RETRY_AFTER, seconds(retryAfter));
    }
    return ResponseEntity.status(problem.type().status()).headers(all).body(body(problem, path));
  }

  private Map<String, Object> body(Problem problem, @Nullable String path) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", problem.type().uri());
    body.put("title", problem.type().title());
    body.put("status", problem.type().status());
    body.put("detail", problem.detail());
    if (path != null) {
      body.put("instance", path);
    }
    if (!problem.errors().isEmpty()) {
      body.put("errors", problem.errors());
    }
    String traceId = traceId();
    if (traceId != null) {
      body.put("traceId", traceId);
    }
    return body;
  }

  private @Nullable String traceId() {
    Tracer available = tracer.get();
    Span span = available == null ? null : available.currentSpan();
    return span == null ? null : span.context().traceId();
  }

  /** Rounded up: who comes back a moment too early is refused again. */
  private static String seconds(Duration wait) {
    return Long.toString(Math.max(1, wait.getSeconds() + (wait.getNano() > 0 ? 1 : 0)));
  }
}
