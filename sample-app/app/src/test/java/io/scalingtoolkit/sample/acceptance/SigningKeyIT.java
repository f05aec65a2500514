// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The keys in the data folder: what the right key may sign, and their rotation. */
final class SigningKeyIT {
  private final RunningApp app = RunningApp.shared();
  private final Api api = app.api();

  @BeforeEach
  void needsTheDataFolder() {
    app.assumeOwned();
  }

  @Test
  void token_signedWithTheRightKey_isStillHeldToItsClaims() throws Exception {
    Account account = api.newAccount();
    Account other = api.newAccount();
    Account ended = api.login("/api", account.email(), account.username(), account.password());
    api.delete("/api/sessions/current").as(ended).send().expect(204);
    Jwt jwt = Jwt.parse(account.accessToken());
    PrivateKey key = keyOf(jwt);
    long now = Instant.now().getEpochSecond();
    String endedSession = Jwt.parse(ended.accessToken()).claims().path("sid").asString();

    api.get(account.path()).token(jwt.signedWith(key)).send().expect(200);

    List<Jwt> wrong =
        List.of(
            jwt.withClaim("iat", now - 7_200).withClaim("exp", now - 3_600),
            jwt.withClaim("nbf", now + 3_600),
            jwt.withClaim("iss", "https://somebody.example"),
            jwt.withClaim("aud", "somebody"),
            jwt.withClaim("sub", other.id()),
            jwt.withClaim("sub", ""),
            jwt.withClaim("sub", "' OR '1'='1"),
            jwt.withClaim("sid", endedSession),
            jwt.withClaim("sid", "00000000-0000-7000-8000-000000000000"),
            jwt.withoutClaim("exp"),
            jwt.withoutClaim("iss"),
            jwt.withoutClaim("aud"),
            jwt.withoutClaim("sub"),
            jwt.withoutClaim("sid"),
            jwt.withHeader("kid", "unknown"));
    for (Jwt forged : wrong) {
      for (Account owner : List.of(account, other)) {
        Answer answer = api.get(owner.path()).token(forged.signedWith(key)).send();
        assertThat(answer.status()).as("claims %s", forged.claims()).isEqualTo(401);
        answer.problem(401);
      }
    }
  }

  @Test
  void rotation_whileRunning_signsWithTheNewKeyAndKeepsOldTokensValid() throws Exception {
    Account before = api.newAccount();
    String oldKey = Jwt.parse(before.accessToken()).header().path("kid").asString();

    assertThat(app.command("--rotate-keys")).isZero();

    Awaitility.await("a token signed with the new key")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> !keyIdOf(login(before)).equals(oldKey));
    Account after = login(before);
    api.get(before.path()).as(before).send().expect(200);
    api.get(before.path()).as(after).send().expect(200);
    String jwks = api.get("/.well-known/jwks.json").send().expect(200).text();
    assertThat(jwks).contains(oldKey, keyIdOf(after));
    String refresh = Json.object("refreshToken", before.refreshToken());
    api.post("/api/sessions/refresh", refresh).send().expect(200);
  }

  @Test
  void dataFolder_files_areForTheOwnerOnly() throws Exception {
    assertThat(modeOf(app.dataDir())).isEqualTo("rwx------");
    try (Stream<Path> keys = Files.list(app.dataDir().resolve("keys"))) {
      assertThat(keys.toList())
          .isNotEmpty()
          .allSatisfy(key -> assertThat(modeOf(key)).as(key.toString()).isEqualTo("rw-------"));
    }
  }

  private PrivateKey keyOf(Jwt jwt) throws Exception {
    String kid = jwt.header().path("kid").asString();
    Path file = app.dataDir().resolve("keys").resolve(kid + ".jwk");
    return Jwt.privateKey(Json.parse(Files.readString(file)));
  }

  private Account login(Account account) {
    return api.login("/api", account.email(), account.username(), account.password());
  }

  private static String keyIdOf(Account account) {
    return Jwt.parse(account.accessToken()).header().path("kid").asString();
  }

  private static String modeOf(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
