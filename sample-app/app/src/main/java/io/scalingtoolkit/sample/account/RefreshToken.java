// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * A refresh token: a family of 128 random bits, the same for the whole session, a secret of 256
 * random bits, new at every refresh, and the id of the user, by which the session is found where
 * users are spread over several databases. Immutable.
 *
 * <p>The session keeps only SHA-256 of both. That is enough to tell three cases apart without
 * keeping spent tokens: right family and right secret is the current token; right family and
 * another secret can only come from somebody who has seen an earlier token, so it is reuse; an
 * unknown family is not ours. A fast hash is right here because the input is random and not chosen
 * by a person.
 */
final class RefreshToken {

  private static final int FAMILY_BYTES = 16;
  private static final int SECRET_BYTES = 32;
  private static final int USER_BYTES = 16;
  private static final int USER_AT = FAMILY_BYTES + SECRET_BYTES;
  private static final int LENGTH = USER_AT + USER_BYTES;
  private static final int TEXT_LENGTH = 86;

  private final byte[] bytes;

  private RefreshToken(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Creates the first token of a session. */
  static RefreshToken first(String userId, SecureRandom random) {
    byte[] bytes = new byte[LENGTH];
    random.nextBytes(bytes);
    UUID user = UUID.fromString(userId);
    ByteBuffer.wrap(bytes, USER_AT, USER_BYTES)
        .putLong(user.getMostSignificantBits())
        .putLong(user.getLeastSignificantBits());
    return new RefreshToken(bytes);
  }

  /** Creates the token that follows this one in its family. */
  RefreshToken next(SecureRandom random) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    byte[] next = Arrays.copyOf(bytes, bytes.length);
    System.arraycopy(secret, 0, next, FAMILY_BYTES, SECRET_BYTES);
    return new RefreshToken(next);
  }

  /** Reads what a client sent; empty when no token of ours looks like it. */
  static Optional<RefreshToken> parse(String text) {
    if (text.length() != TEXT_LENGTH) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      RefreshToken token = new RefreshToken(bytes);
      // The last character has bits to spare, and padding would make it shorter.
      return bytes.length == LENGTH && token.text().equals(text)
          ? Optional.of(token)
          : Optional.empty();
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }

  /** Returns the form the client keeps, 86 characters of URL-safe Base64. */
  String text() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Returns SHA-256 of the family in hexadecimal. */
  String familyHash() {
    return sha256(Arrays.copyOf(bytes, FAMILY_BYTES));
  }

  /** Returns SHA-256 of the secret in hexadecimal. */
  String secretHash() {
    return sha256(Arrays.copyOfRange(bytes, FAMILY_BYTES, USER_AT));
  }

  /** Returns the id of the user whose session it is said to be; anybody can write one. */
  String userId() {
    ByteBuffer user = ByteBuffer.wrap(bytes, USER_AT, USER_BYTES);
    return new UUID(user.getLong(), user.getLong()).toString();
  }

  /** Names the type only: the token itself must not reach a log. */
  @Override
  public String toString() {
    return "RefreshToken[…]";
  }

  private static String sha256(byte[] input) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(input));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java runtime has SHA-256", impossible);
    }
  }
}
