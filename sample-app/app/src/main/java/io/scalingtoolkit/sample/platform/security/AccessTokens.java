// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;

/**
 * Issues access tokens: JSON Web Tokens of type {@code at+jwt} (RFC 9068), signed with ES256, whose
 * subject is the user and whose {@code sid} is the session. Thread-safe.
 */
public final class AccessTokens {

  static final JOSEObjectType TYPE = new JOSEObjectType("at+jwt");
  static final String SESSION = "sid";

  private final SigningKeys keys;
  private final SecurityProperties settings;
  private final Clock clock;

  AccessTokens(SigningKeys keys, SecurityProperties settings, Clock clock) {
    this.keys = keys;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Signs a token that is valid from now for {@link #lifetime()}.
   *
   * @param caller the user and session that the token stands for
   * @return the token in compact form
   */
  public String issue(Caller caller) {
    Instant now = clock.instant();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(settings.issuer())
            .audience(settings.audience())
            .subject(caller.userId())
            .claim(SESSION, caller.sessionId())
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(settings.accessTokenLifetime())))
            .build();
    ECKey key = keys.signing();
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.ES256).type(TYPE).keyID(key.getKeyID()).build();
    try {
      SignedJWT token = new SignedJWT(header, claims);
      token.sign(new ECDSASigner(key));
      return token.serialize();
    } catch (JOSEException unsupported) {
      throw new IllegalStateException("cannot sign with key " + key.getKeyID(), unsupported);
    }
  }

  /** Returns how long a token is valid, 1 second to 15 minutes. */
  public Duration lifetime() {
    return settings.accessTokenLifetime();
  }
}
