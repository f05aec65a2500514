// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.servlet.function.ServerRequest;

/**
 * Which headers go through. Those that concern one connection only (RFC 9110, 7.6.1) stay behind,
 * and whatever a client says about who it is: instances believe the gateway, so it believes nobody.
 * Thread-safe.
 */
final class ProxiedHeaders implements RequestHttpHeadersFilter, Ordered {

  private static final String FOR = "X-Forwarded-For";
  private static final String PROTO = "X-Forwarded-Proto";

  private static final Set<String> ONE_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** The client library frames the body anew and makes these itself. */
  private static final Set<String> FRAMING = Set.of("content-length", "expect", "host");

  private static final Set<String> CLAIMS =
      Set.of("forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "x-cluster-client-ip");

  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE; // nothing may change them after this
  }

  @Override
  public HttpHeaders apply(HttpHeaders adapted, ServerRequest request) {
    // The framework has put what it takes the charset to be into Content-Type, so not from there.
    HttpServletRequest received = request.servletRequest();
    HttpHeaders passed = new HttpHeaders();
    Set<String> named = named(Collections.list(received.getHeaders(HttpHeaders.CONNECTION)));
    for (String name : Collections.list(received.getHeaderNames())) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (!ONE_HOP.contains(lower)
          && !named.contains(lower)
          && !FRAMING.contains(lower)
          && !isClaim(lower)) {
        passed.addAll(name, Collections.list(received.getHeaders(name)));
      }
    }
    passed.set(FOR, withoutBrackets(received.getRemoteAddr()));
    passed.set(PROTO, received.getScheme());
    return passed;
  }

  /** Whether a header of an answer concerns the connection to the instance only. */
  static boolean isOneHop(String name, Set<String> named) {
    String lower = name.toLowerCase(Locale.ROOT);
    return ONE_HOP.contains(lower) || named.contains(lower) || lower.equals("content-length");
  }

  /** The headers that a Connection header names, in lower case. */
  static Set<String> named(Collection<String> connection) {
    Set<String> names = new HashSet<>();
    for (String line : connection) {
      for (String name : line.split(",", -1)) {
        names.add(name.strip().toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }

  private static boolean isClaim(String name) {
    // Some servers read a name with underscores as the one with hyphens.
    String hyphens = name.replace('_', '-');
    return hyphens.startsWith("x-forwarded-") || CLAIMS.contains(hyphens);
  }

  /** Jetty writes IPv6 addresses in brackets, which belong in an address with a port only. */
  private static String withoutBrackets(String address) {
    return address.startsWith("[") && address.endsWith("]")
        ? address.substring(1, address.length() - 1)
        : address;
  }
}
