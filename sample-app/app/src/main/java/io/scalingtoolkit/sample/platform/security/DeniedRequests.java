// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.sample.platform.web.ProblemWriter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;

/**
 * Answers refused requests: 401 where a token would help, otherwise 404, which does not tell what
 * exists. The reason why a token was refused stays out of the answer. Thread-safe.
 */
final class DeniedRequests implements AuthenticationEntryPoint, AccessDeniedHandler {

  private final ProblemWriter problems;

  DeniedRequests(ProblemWriter problems) {
    this.problems = problems;
  }

  @Override
  public void commence(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException reason)
      throws IOException {
    if (reason instanceof InvalidBearerTokenException) {
      response.setHeader(
          HttpHeaders.WWW_AUTHENTICATE,
          "Bearer error=\"invalid_token\", error_description=\"The token is not valid.\"");
      problems.write(
          request, response, Problem.unauthorized("The access token is not or no longer valid."));
    } else if (isApi(request)) {
      response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
      problems.write(request, response, Problem.unauthorized("This call needs an access token."));
    } else {
      problems.write(request, response, Problem.notFound());
    }
  }

  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, AccessDeniedException reason)
      throws IOException {
    problems.write(request, response, Problem.notFound());
  }

  private static boolean isApi(HttpServletRequest request) {
    String path = request.getRequestURI();
    return path.equals("/api") || path.startsWith("/api/");
  }
}
