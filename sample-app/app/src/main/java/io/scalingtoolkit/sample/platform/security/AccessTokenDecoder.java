// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import java.time.Clock;
import java.time.Duration;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Builds the verifier of access tokens. It takes ES256 only, whatever a token's header says, so a
 * token without a signature or with an HMAC over the public key never verifies; keys come from
 * {@link SigningKeys} and never from the token.
 */
final class AccessTokenDecoder {

  private AccessTokenDecoder() {}

  static JwtDecoder create(SigningKeys keys, SecurityProperties settings, Clock clock) {
    JwtTimestampValidator times = new JwtTimestampValidator(Duration.ZERO);
    times.setClock(clock);
    times.setAllowEmptyExpiryClaim(false);
    NimbusJwtDecoder decoder =
        NimbusJwtDecoder.withJwkSource(keys)
            .jwsAlgorithm(SignatureAlgorithm.ES256)
            .jwtProcessorCustomizer(
                processor ->
                    processor.setJWSTypeVerifier(
                        new DefaultJOSEObjectTypeVerifier<>(AccessTokens.TYPE)))
            .build();
    decoder.setJwtValidator(
        new DelegatingOAuth2TokenValidator<>(
            times,
            new JwtIssuerValidator(settings.issuer()),
            new JwtAudienceValidator(settings.audience())));
    return new RememberingJwtDecoder(
        decoder, token -> !times.validate(token).hasErrors() && keys.verifies(token));
  }
}
