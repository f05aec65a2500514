// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import org.springframework.core.convert.converter.Converter;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;

/**
 * Turns a verified token into the caller, provided that the session is still open. One indexed read
 * for every request: it is right after a restart and with any number of instances, which a list of
 * revoked tokens in memory is not. Thread-safe; blocks on the database.
 */
final class CallerConverter implements Converter<Jwt, AbstractAuthenticationToken> {

  private final SessionCheck sessions;

  CallerConverter(SessionCheck sessions) {
    this.sessions = sessions;
  }

  @Override
  public AbstractAuthenticationToken convert(Jwt token) {
    String userId = token.getSubject();
    String sessionId = token.getClaimAsString(AccessTokens.SESSION);
    if (userId == null || sessionId == null) {
      throw new InvalidBearerTokenException("The access token names no user or no session");
    }
    Caller caller = new Caller(userId, sessionId);
    if (!sessions.isOpen(caller)) {
      throw new InvalidBearerTokenException("The session has ended");
    }
    return new CallerAuthentication(caller);
  }
}
