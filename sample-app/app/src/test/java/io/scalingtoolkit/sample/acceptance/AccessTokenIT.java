// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Access tokens: what a good one looks like, and that no forged one opens anything. */
final class AccessTokenIT {
  private static final Api API = RunningApp.shared().api();
  private static Account account = new Account("", "", "", "", "", "");

  @BeforeAll
  static void register() {
    account = API.newAccount();
  }

  @Test
  void token_issued_verifiesWithThePublishedKeyAndLivesShort() throws Exception {
    Jwt jwt = Jwt.parse(account.accessToken());
    JsonNode keys = API.get("/.well-known/jwks.json").send().expect(200).json().path("keys");

    JsonNode key = keyOf(keys, jwt.header().path("kid").asString());
    int dot = account.accessToken().lastIndexOf('.');
    Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
    verifier.initVerify(Jwt.publicKey(key));
    verifier.update(account.accessToken().substring(0, dot).getBytes(StandardCharsets.US_ASCII));
    assertThat(verifier.verify(Base64.getUrlDecoder().decode(jwt.signature()))).isTrue();
    long lifetime = jwt.claims().path("exp").asLong() - jwt.claims().path("iat").asLong();
    assertThat(lifetime).isBetween(60L, 900L);
    assertThat(jwt.claims().path("sub").asString()).isEqualTo(account.id());
    assertThat(jwt.claims().toString()).doesNotContain(account.email(), account.username());
  }

  @Test
  void jwks_published_holdsNoPrivatePart() {
    JsonNode keys = API.get("/.well-known/jwks.json").send().expect(200).json().path("keys");

    assertThat(keys).isNotEmpty();
    for (JsonNode key : keys) {
      assertThat(key.propertyNames()).doesNotContain("d", "p", "q", "dp", "dq", "qi", "k");
    }
  }

  @Test
  void request_withoutToken_is401Everywhere() {
    String user = account.path();
    String item = "/api/items/00000000-0000-7000-8000-000000000000";
    List<Api.Call> calls =
        List.of(
            API.get(user),
            API.put(user, account.update()),
            API.put(user + "/password", "{\"currentPassword\":\"a\",\"newPassword\":\"b\"}"),
            API.delete(user),
            API.get(user + "/export"),
            API.call("PUT", user + "/avatar").bytes(Pictures.png(), "image/png"),
            API.delete(user + "/avatar"),
            API.delete("/api/sessions/current"),
            API.post("/api/items", "{\"data\":{}}"),
            API.get("/api/items"),
            API.get(item),
            API.put(item, "{\"data\":{}}"),
            API.delete(item));

    for (Api.Call call : calls) {
      Answer answer = call.send().problem(401);
      assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer e30.e30.",
        "bearer  x  y",
        "Basic dXNlcjpwYXNz",
        "Token abc",
        "Bearer null"
      })
  void request_withGarbage_is401(String authorization) {
    API.get(account.path()).header("Authorization", authorization).send().problem(401);
  }

  @Test
  void request_withHugeToken_isRefused() {
    String token = "x".repeat(6_000);

    API.get(account.path()).token(token).send().problem(400, 401, 431);
  }

  @Test
  void request_withTokenInTheAddress_is401() {
    API.get(account.path() + "?access_token=" + account.accessToken()).send().problem(401);
  }

  @Test
  void token_changedAnywhere_is401() {
    Jwt jwt = Jwt.parse(account.accessToken());
    Account other = API.newAccount();
    String good = account.accessToken();
    char last = good.charAt(good.length() - 3);

    refused(jwt.withClaim("sub", other.id()).compact());
    refused(jwt.withClaim("exp", Instant.now().getEpochSecond() + 86_400).compact());
    refused(jwt.withClaim("role", "admin").compact());
    refused(jwt.withHeader("typ", "at+jwt+x").compact());
    refused(good.substring(0, good.length() - 3) + (last == 'A' ? 'B' : 'A') + "AA");
    refused(good.substring(0, good.length() - 4));
    refused(good + "AAAA");
    refused(jwt.unsigned());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "nOnE", ""})
  void token_algNone_is401(String algorithm) {
    Jwt jwt = Jwt.parse(account.accessToken()).withHeader("alg", algorithm);

    refused(jwt.unsigned());
    refused(jwt.compact());
  }

  @Test
  void token_hmacWithThePublicKey_is401() throws Exception {
    JsonNode keys = API.get("/.well-known/jwks.json").send().json().path("keys");
    for (JsonNode key : keys) {
      PublicKey publicKey = Jwt.publicKey(key);
      Jwt jwt = Jwt.parse(account.accessToken()).withHeader("alg", "HS256");
      String base64 =
          Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(publicKey.getEncoded());
      String pem = "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";

      refused(jwt.signedWithSecret(publicKey.getEncoded()));
      refused(jwt.signedWithSecret(pem.getBytes(StandardCharsets.US_ASCII)));
      refused(jwt.signedWithSecret(pem.strip().getBytes(StandardCharsets.US_ASCII)));
      refused(jwt.signedWithSecret(key.toString().getBytes(StandardCharsets.UTF_8)));
      refused(jwt.signedWithSecret(key.path("x").asString().getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void token_signedWithAForeignKey_is401() throws Exception {
    KeyPair pair = newKeys();
    Jwt jwt = Jwt.parse(account.accessToken());

    refused(jwt.signedWith(pair.getPrivate()));
    refused(jwt.withHeader("kid", "unknown").signedWith(pair.getPrivate()));
    refused(withKeyInside(jwt, pair.getPublic()).signedWith(pair.getPrivate()));
    refused(
        jwt.withHeader("jku", RunningApp.shared().url() + "/avatars/jwks.json")
            .signedWith(pair.getPrivate()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../../../dev/null",
        "/dev/null",
        "..%2f..%2fapp.db",
        "' OR '1'='1",
        "x' UNION SELECT 'AA'--",
        "http://127.0.0.1:1/key",
        "kid\u0000.pem",
        ""
      })
  void token_kidInjection_is401(String kid) throws Exception {
    Jwt jwt = Jwt.parse(account.accessToken()).withHeader("kid", kid);

    refused(jwt.compact());
    refused(jwt.signedWith(newKeys().getPrivate()));
    refused(jwt.withHeader("alg", "HS256").signedWithSecret(new byte[] {0}));
  }

  @Test
  void token_ownKeyWithOtherTimesIssuerOrAudience_is401() throws Exception {
    long now = Instant.now().getEpochSecond();
    Jwt jwt = Jwt.parse(account.accessToken());
    KeyPair pair = newKeys();

    for (Jwt forged :
        List.of(
            jwt.withClaim("exp", now - 3_600),
            jwt.withClaim("nbf", now + 3_600),
            jwt.withClaim("iss", "https://somebody.example"),
            jwt.withClaim("aud", "somebody"),
            jwt.withoutClaim("exp"),
            jwt.withoutClaim("sub"))) {
      refused(forged.signedWith(pair.getPrivate()));
      refused(forged.compact());
    }
  }

  private static void refused(String token) {
    Answer answer = API.get(account.path()).token(token).send().problem(401);
    assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
  }

  private static JsonNode keyOf(JsonNode keys, String kid) {
    for (JsonNode key : keys) {
      if (key.path("kid").asString().equals(kid)) {
        return key;
      }
    }
    throw new AssertionError("no key " + kid + " in " + keys);
  }

  private static Jwt withKeyInside(Jwt jwt, PublicKey key) {
    byte[] encoded = key.getEncoded();
    int length = encoded.length;
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    String x =
        encoder.encodeToString(java.util.Arrays.copyOfRange(encoded, length - 64, length - 32));
    String y = encoder.encodeToString(java.util.Arrays.copyOfRange(encoded, length - 32, length));
    ObjectNode header = jwt.header().deepCopy();
    header.putObject("jwk").put("kty", "EC").put("crv", "P-256").put("x", x).put("y", y);
    return new Jwt(header, jwt.claims(), jwt.signature());
  }

  private static KeyPair newKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }
}
