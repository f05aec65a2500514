// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/**
 * Hashes and verifies passwords with Argon2id (RFC 9106), a bounded number at a time. Thread-safe;
 * every call that hashes may wait for its turn and takes tens of milliseconds of one core, so no
 * transaction may be open around it.
 *
 * <p>Stored hashes are PHC strings ({@code $argon2id$v=19$m=19456,t=2,p=1$salt$hash}, 97 characters
 * at these settings), so that old hashes stay valid when the cost is raised. Default cost: OWASP
 * Password Storage Cheat Sheet, 19 MiB, two passes, one lane.
 */
public final class Passwords {

  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final int LANES = 1;

  private final Argon2PasswordEncoder encoder;
  private final HashingGate gate;
  private final String nobodysHash;

  Passwords(SecurityProperties.Hashing cost, HashingGate gate, SecureRandom random) {
    this.encoder =
        new Argon2PasswordEncoder(
            SALT_BYTES, HASH_BYTES, LANES, cost.memoryKib(), cost.iterations());
    this.gate = gate;
    this.nobodysHash = randomHash(cost, random);
  }

  /**
   * Hashes a password.
   *
   * @param password the password as the user gave it, already checked by {@link PasswordPolicy}
   * @param beforeWork runs when it is this caller's turn; what it throws ends the call before any
   *     hashing, so it is the place for cheap checks that may have changed while waiting
   * @return PHC string of at most 255 ASCII characters
   */
  public String hash(String password, Runnable beforeWork) {
    return gate.run(
        () -> {
          beforeWork.run();
          return encode(password);
        });
  }

  /**
   * Compares a password with a stored hash, with the same work whether or not there is one.
   *
   * @param password the password as the user gave it
   * @param storedHash PHC string, or null when the account does not exist
   * @param beforeWork as in {@link #hash}
   * @return true only when there is a hash and the password belongs to it
   */
  public boolean verify(String password, @Nullable String storedHash, Runnable beforeWork) {
    String hash = storedHash == null ? nobodysHash : storedHash;
    boolean same =
        gate.run(
            () -> {
              beforeWork.run();
              return encoder.matches(PasswordPolicy.normalise(password), hash);
            });
    return same && storedHash != null;
  }

  /**
   * Says whether a stored hash was made with less than today's cost and should be made again.
   *
   * @param storedHash PHC string
   */
  public boolean outdated(String storedHash) {
    return encoder.upgradeEncoding(storedHash);
  }

  private String encode(String password) {
    String hash = encoder.encode(PasswordPolicy.normalise(password));
    if (hash == null || hash.length() > 255) {
      throw new IllegalStateException("the password encoder returned no hash of ≤ 255 characters");
    }
    return hash;
  }

  /** A well-formed hash that belongs to no password: verifying against it costs the same. */
  private static String randomHash(SecurityProperties.Hashing cost, SecureRandom random) {
    byte[] salt = new byte[SALT_BYTES];
    byte[] hash = new byte[HASH_BYTES];
    random.nextBytes(salt);
    random.nextBytes(hash);
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            cost.memoryKib(),
            cost.iterations(),
            LANES,
            base64.encodeToString(salt),
            base64.encodeToString(hash));
  }
}
