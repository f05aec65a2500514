// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.function.Predicate;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;

/**
 * Verifies the signature of each access token once: on JDK 17 that costs more than all the rest of
 * a request. What can change while a token lives is looked at each time. Thread-safe.
 */
final class RememberingJwtDecoder implements JwtDecoder {
  private static final int MAX_TOKENS = 5_000; // about 20 MB

  private final JwtDecoder verifier;
  private final Predicate<Jwt> stillValid;
  private final Cache<String, Jwt> verified = Caffeine.newBuilder().maximumSize(MAX_TOKENS).build();

  /**
   * Remembers what {@code verifier} has accepted.
   *
   * @param stillValid tells whether a token that was accepted once would be again; one for which it
   *     is false goes to the verifier, which finds the words
   */
  RememberingJwtDecoder(JwtDecoder verifier, Predicate<Jwt> stillValid) {
    this.verifier = verifier;
    this.stillValid = stillValid;
  }

  @Override
  public Jwt decode(String token) {
    Jwt known = verified.getIfPresent(token);
    if (known != null && stillValid.test(known)) {
      return known;
    }
    verified.invalidate(token);
    Jwt decoded = verifier.decode(token);
    verified.put(token, decoded);
    return decoded;
  }
}
