// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

/**
 * Tells whether the session of an access token is still open. Asked once for every request with a
 * token, so that log-out, password change and deletion act at once, also on access tokens.
 * Thread-safe.
 */
public interface SessionCheck {

  /**
   * Reads the session.
   *
   * @param caller user and session as the signed token names them
   * @return true when the session exists, belongs to the user and has not ended
   */
  boolean isOpen(Caller caller);
}
