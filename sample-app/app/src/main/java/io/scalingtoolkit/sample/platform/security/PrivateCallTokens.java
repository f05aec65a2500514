// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
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

  private static final RequestMatcher OPEN = new OrRequestMatcher(openCalls());

  private final DefaultBearerTokenResolver header = new DefaultBearerTokenResolver();

  @Override
  public @Nullable String resolve(HttpServletRequest request) {
    return OPEN.matches(request) ? null : header.resolve(request);
  }

  private static List<RequestMatcher> openCalls() {
    PathPatternRequestMatcher.Builder paths = PathPatternRequestMatcher.withDefaults();
    return Stream.concat(
            Stream.of(PublicCalls.PATHS).map(path -> paths.matcher(HttpMethod.POST, path)),
            Stream.of(PublicCalls.PAGES).map(path -> paths.matcher(HttpMethod.GET, path)))
        .<RequestMatcher>map(matcher -> matcher)
        .toList();
  }
}
