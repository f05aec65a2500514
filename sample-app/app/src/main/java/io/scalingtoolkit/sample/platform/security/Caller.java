// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import java.security.Principal;

/**
 * The authenticated user behind a request. Controllers take it as {@code @AuthenticationPrincipal
 * Caller caller}; immutable.
 *
 * @param userId id of the user
 * @param sessionId id of the session that the access token belongs to
 */
public record Caller(String userId, String sessionId) implements Principal {

  /** Returns the user id, which is how Spring names the caller. */
  @Override
  public String getName() {
    return userId;
  }
}
