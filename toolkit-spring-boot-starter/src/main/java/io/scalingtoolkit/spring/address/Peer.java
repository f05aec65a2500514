// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import jakarta.servlet.ServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of the socket and which forwarding headers came over it, kept before
 * anything can change them; immutable.
 *
 * @param address the peer's address
 * @param forwardedFor the lines of {@code X-Forwarded-For}
 * @param forwarded the lines of {@code Forwarded}
 */
record Peer(String address, List<String> forwardedFor, List<String> forwarded) {
  static final String X_FORWARDED_FOR = "X-Forwarded-For";
  static final String FORWARDED = "Forwarded";

  private static final String ATTRIBUTE = Peer.class.getName();

  static @Nullable Peer of(ServletRequest request) {
    return request.getAttribute(ATTRIBUTE) instanceof Peer peer ? peer : null;
  }

  void keepIn(ServletRequest request) {
    request.setAttribute(ATTRIBUTE, this);
  }
}
