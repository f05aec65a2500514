// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.spring.address.ClientAddresses;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;
import org.springframework.web.servlet.HandlerMapping;

/** What policies ask of a request; confined to it. */
final class RequestFacts {
  private final HttpServletRequest request;
  private final ClientAddresses addresses;
  private @Nullable List<PathContainer> paths;
  private @Nullable String network;

  RequestFacts(HttpServletRequest request, ClientAddresses addresses) {
    this.request = request;
    this.addresses = addresses;
  }

  String method() {
    return request.getMethod();
  }

  List<PathContainer> paths() {
    List<PathContainer> known = paths;
    if (known == null) {
      known = PathRule.pathsOf(request);
      paths = known;
    }
    return known;
  }

  String network() {
    String known = network;
    if (known == null) {
      known = addresses.network(request);
      network = known;
    }
    return known;
  }

  @Nullable String user() {
    Principal principal = request.getUserPrincipal();
    return principal == null ? null : principal.getName();
  }

  @Nullable String header(String name) {
    return request.getHeader(name);
  }

  String route() {
    Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
    return PathRule.known(method()) + " " + (pattern == null ? "none" : pattern);
  }
}
