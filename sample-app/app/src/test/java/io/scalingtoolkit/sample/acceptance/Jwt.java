// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An access token taken apart, to be put together again in forged ways. Immutable. */
record Jwt(ObjectNode header, ObjectNode claims, String signature) {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  static Jwt parse(String token) {
    String[] parts = token.split("\\.", -1);
    assertThat(parts).as("a signed JWT has three parts").hasSize(3);
    return new Jwt(decode(parts[0]), decode(parts[1]), parts[2]);
  }

  /** A copy whose header has another value; the signature is kept. */
  Jwt withHeader(String name, String value) {
    ObjectNode changed = header.deepCopy();
    changed.put(name, value);
    return new Jwt(changed, claims, signature);
  }

  Jwt withClaim(String name, String value) {
    ObjectNode changed = claims.deepCopy();
    changed.put(name, value);
    return new Jwt(header, changed, signature);
  }

  Jwt withClaim(String name, long value) {
    ObjectNode changed = claims.deepCopy();
    changed.put(name, value);
    return new Jwt(header, changed, signature);
  }

  Jwt withoutClaim(String name) {
    ObjectNode changed = claims.deepCopy();
    changed.remove(name);
    return new Jwt(header, changed, signature);
  }

  /** Header and claims with the signature that the token came with. */
  String compact() {
    return signingInput() + "." + signature;
  }

  String unsigned() {
    return signingInput() + ".";
  }

  String signedWith(PrivateKey key) throws GeneralSecurityException {
    Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
    signer.initSign(key);
    signer.update(signingInput().getBytes(StandardCharsets.US_ASCII));
    return signingInput() + "." + ENCODER.encodeToString(signer.sign());
  }

  /** Signed with HMAC-SHA256, whatever the header says. */
  String signedWithSecret(byte[] secret) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    byte[] tag = mac.doFinal(signingInput().getBytes(StandardCharsets.US_ASCII));
    return signingInput() + "." + ENCODER.encodeToString(tag);
  }

  /** The public key of a JWK on the curve P-256. */
  static PublicKey publicKey(JsonNode jwk) throws GeneralSecurityException {
    BigInteger x = coordinate(jwk, "x");
    BigInteger y = coordinate(jwk, "y");
    return KeyFactory.getInstance("EC")
        .generatePublic(new ECPublicKeySpec(new ECPoint(x, y), curve()));
  }

  /** The private key of a JWK on the curve P-256. */
  static PrivateKey privateKey(JsonNode jwk) throws GeneralSecurityException {
    return KeyFactory.getInstance("EC")
        .generatePrivate(new ECPrivateKeySpec(coordinate(jwk, "d"), curve()));
  }

  private static ECParameterSpec curve() throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    return parameters.getParameterSpec(ECParameterSpec.class);
  }

  private static BigInteger coordinate(JsonNode jwk, String name) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(jwk.path(name).asString()));
  }

  private String signingInput() {
    return encode(header) + "." + encode(claims);
  }

  private static String encode(ObjectNode part) {
    return ENCODER.encodeToString(part.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectNode decode(String part) {
    byte[] bytes = Base64.getUrlDecoder().decode(part);
    return (ObjectNode) Json.parse(new String(bytes, StandardCharsets.UTF_8));
  }
}
