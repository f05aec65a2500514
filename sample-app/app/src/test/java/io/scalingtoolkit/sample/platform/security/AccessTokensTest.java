// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.scalingtoolkit.sample.platform.ManualClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;

class AccessTokensTest {

  private static final Caller CALLER = new Caller("user-1", "session-1");

  @TempDir Path temp;

  private final ManualClock clock = new ManualClock();
  private final SecurityProperties settings =
      new SecurityProperties(
          null,
          "urn:test",
          "test",
          Duration.ofMinutes(10),
          Duration.ofDays(30),
          10,
          false,
          List.of(),
          new SecurityProperties.Hashing(8192, 1, 1, 0, Duration.ZERO));
  private SigningKeys keys;
  private AccessTokens tokens;
  private JwtDecoder decoder;

  @BeforeEach
  void create() {
    keys = new SigningKeys(new KeyFiles(temp.resolve("keys")), clock, Duration.ofMinutes(15));
    tokens = new AccessTokens(keys, settings, clock);
    decoder = AccessTokenDecoder.create(keys, settings, clock);
  }

  @Test
  void issue_token_verifiesAndNamesUserAndSession() {
    Jwt decoded = decoder.decode(tokens.issue(CALLER));

    assertThat(decoded.getSubject()).isEqualTo("user-1");
    assertThat(decoded.getClaimAsString("sid")).isEqualTo("session-1");
    assertThat(decoded.getHeaders()).containsEntry("alg", "ES256").containsKey("kid");
    assertThat(decoded.getExpiresAt()).isEqualTo(clock.instant().plus(Duration.ofMinutes(10)));
  }

  @Test
  void decode_expiredToken_isRefusedToTheSecond() {
    String token = tokens.issue(CALLER);

    clock.advance(Duration.ofMinutes(10).minusSeconds(1));
    assertThat(decoder.decode(token)).isNotNull();

    clock.advance(Duration.ofSeconds(2));
    assertRefused(token);
  }

  @Test
  void decode_acceptedTokenWhoseKeyIsDeleted_isRefusedWithinASecond() throws Exception {
    String token = tokens.issue(CALLER);
    assertThat(decoder.decode(token)).isSameAs(decoder.decode(token));

    KeyFiles files = new KeyFiles(temp.resolve("keys"));
    ECKey old = keys.signing();
    files.create(clock);
    files.delete(old);
    clock.advance(Duration.ofSeconds(1));

    assertRefused(token);
  }

  @Test
  void decode_afterRotation_oldAndNewTokensVerify() throws Exception {
    String old = tokens.issue(CALLER);
    clock.advance(Duration.ofMinutes(1));
    ECKey next = new KeyFiles(temp.resolve("keys")).create(clock);
    clock.advance(Duration.ofSeconds(3));

    String fresh = tokens.issue(CALLER);

    assertThat(SignedJWT.parse(fresh).getHeader().getKeyID()).isEqualTo(next.getKeyID());
    assertThat(decoder.decode(old).getSubject()).isEqualTo("user-1");
    assertThat(decoder.decode(fresh).getSubject()).isEqualTo("user-1");
  }

  @Test
  void decode_keyOfAnotherProcess_isFoundWithoutRestart() throws Exception {
    AccessTokens elsewhere =
        new AccessTokens(
            new SigningKeys(new KeyFiles(temp.resolve("keys")), clock, Duration.ofMinutes(15)),
            settings,
            clock);
    clock.advance(Duration.ofMinutes(1));
    new KeyFiles(temp.resolve("keys")).create(clock);
    clock.advance(Duration.ofSeconds(3));

    assertThat(decoder.decode(elsewhere.issue(CALLER)).getSubject()).isEqualTo("user-1");
  }

  @Test
  void decode_noSignature_isRefused() {
    assertRefused(new PlainJWT(claims().build()).serialize());
    String payload = tokens.issue(CALLER).split("\\.")[1];
    assertRefused(base64("{\"alg\":\"none\",\"typ\":\"at+jwt\"}") + "." + payload + ".");
  }

  @Test
  void decode_hmacOverThePublicKey_isRefused() throws Exception {
    ECKey key = keys.signing();
    for (byte[] secret :
        List.of(
            key.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8),
            key.toECPublicKey().getEncoded())) {
      JWSHeader header =
          new JWSHeader.Builder(JWSAlgorithm.HS256)
              .type(AccessTokens.TYPE)
              .keyID(key.getKeyID())
              .build();
      SignedJWT token = new SignedJWT(header, claims().build());
      token.sign(new MACSigner(secret));
      assertRefused(token.serialize());
    }
  }

  @Test
  void decode_foreignKeyUnderAnyKid_isRefused() throws Exception {
    ECKey foreign = new ECKeyGenerator(Curve.P_256).keyID("foreign").generate();
    for (String kid :
        List.of(
            keys.signing().getKeyID(),
            "../../../../dev/null",
            "/etc/passwd",
            "' OR 1=1 --",
            "x".repeat(10_000))) {
      assertRefused(signed(foreign, header(kid).build(), claims().build()));
    }
  }

  @Test
  void decode_keyInsideTheToken_isRefused() throws Exception {
    ECKey foreign = new ECKeyGenerator(Curve.P_256).keyID("foreign").generate();
    JWSHeader header = header("foreign").jwk(foreign.toPublicJWK()).build();

    assertRefused(signed(foreign, header, claims().build()));
  }

  @Test
  void decode_wrongClaims_isRefused() throws Exception {
    Date hour = Date.from(clock.instant().plus(Duration.ofHours(1)));
    assertThat(decoder.decode(ours(claims()))).isNotNull();

    assertRefused(ours(claims().issuer("urn:other")));
    assertRefused(ours(claims().issuer(null)));
    assertRefused(ours(claims().audience("other")));
    assertRefused(ours(claims().audience(List.of())));
    assertRefused(ours(claims().notBeforeTime(hour)));
    assertRefused(ours(claims().expirationTime(null)));
  }

  @Test
  void decode_tokenOfAnotherType_isRefused() throws Exception {
    ECKey key = keys.signing();
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .type(JOSEObjectType.JWT)
            .keyID(key.getKeyID())
            .build();

    assertRefused(signed(key, header, claims().build()));
  }

  @Test
  void decode_changedToken_isRefused() {
    String[] parts = tokens.issue(CALLER).split("\\.");
    String payload = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
    String other = base64(payload.replace("user-1", "user-2"));

    assertRefused(parts[0] + "." + other + "." + parts[2]);
    assertRefused(parts[0] + "." + parts[1] + "." + "A".repeat(86));
    assertRefused(parts[0] + "." + parts[1] + ".");
    assertRefused("not a token");
  }

  private JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer("urn:test")
        .audience("test")
        .subject("user-1")
        .claim("sid", "session-1")
        .issueTime(Date.from(clock.instant()))
        .expirationTime(Date.from(clock.instant().plus(Duration.ofMinutes(10))));
  }

  private String ours(JWTClaimsSet.Builder claims) throws Exception {
    ECKey key = keys.signing();
    return signed(key, header(key.getKeyID()).build(), claims.build());
  }

  private static JWSHeader.Builder header(String kid) {
    return new JWSHeader.Builder(JWSAlgorithm.ES256).type(AccessTokens.TYPE).keyID(kid);
  }

  private static String signed(ECKey key, JWSHeader header, JWTClaimsSet claims) throws Exception {
    SignedJWT token = new SignedJWT(header, claims);
    token.sign(new ECDSASigner(key));
    return token.serialize();
  }

  private void assertRefused(String token) {
    assertThatExceptionOfType(JwtException.class).isThrownBy(() -> decoder.decode(token));
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
