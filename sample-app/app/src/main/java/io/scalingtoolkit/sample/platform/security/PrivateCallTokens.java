// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.security.oauth2.server.resource.web.BearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * Reads the bearer token, from the Authorization header only, of calls that need one. A client that
 * adds its expired token to every request can still log in and refresh. Immutable.
 */
final class PrivateCallTokens implements BearerTokenResolver {

  private static final RequestMatcher OPEN_CALLS = anyOf(HttpMethod.POST, PublicCalls.PATHS);
  private static final RequestMatcher PAGES = anyOf(HttpMethod.GET, PublicCalls.PAGES);

  private final DefaultBearerTokenResolver header = new DefaultBearerTokenResolver();

  @Override
  public @Nullable String resolve(HttpServletRequest request) {
    // One of the patterns of pages also matches the root of the API, which needs a token.
    boolean page = !request.getRequestURI().equals("/api") && PAGES.matches(request);
    return page || OPEN_CALLS.matches(request) ? null : header.resolve(request);
  }

  private static RequestMatcher anyOf(HttpMethod method, String... patterns) {
    PathPatternRequestMatcher.Builder paths = PathPatternRequestMatcher.withDefaults();
    return new OrRequestMatcher(
        Stream.of(patterns)
            .<RequestMatcher>map(pattern -> paths.matcher(method, pattern))
            .toList());
  }
}
