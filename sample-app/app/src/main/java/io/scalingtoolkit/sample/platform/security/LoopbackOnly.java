// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;

/**
 * Lets in requests that come straight from this machine: the socket's peer is a loopback address
 * and no proxy has left a forwarding header. Immutable.
 */
final class LoopbackOnly implements AuthorizationManager<RequestAuthorizationContext> {

  @Override
  public AuthorizationDecision authorize(
      Supplier<? extends @Nullable Authentication> caller, RequestAuthorizationContext context) {
    return new AuthorizationDecision(isDirectLoopback(context.getRequest()));
  }

  static boolean isDirectLoopback(HttpServletRequest request) {
    boolean forwarded =
        request.getHeader("Forwarded") != null
            || request.getHeader("X-Forwarded-For") != null
            || request.getHeader("X-Real-IP") != null
            || request.getHeader("Via") != null;
    return !forwarded && isLoopback(request.getRemoteAddr());
  }

  private static boolean isLoopback(String address) {
    try {
      // A literal address is parsed, never looked up; the container gives no names here.
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException notAnAddress) {
      return false;
    }
  }
}
