// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret under a public id, with which bookmarks are signed and verified.
 *
 * <p>The signature is HMAC-SHA256 (RFC 2104, FIPS 198-1) cut to its first 128 bits. Every process
 * that exchanges bookmarks needs the key; a client does not. The secret appears in no text this
 * class produces. Immutable.
 */
public final class BookmarkKey {
  /** The shortest secret that is accepted, in bytes. */
  public static final int MIN_SECRET_BYTES = 32;

  static final int SIGNATURE_BYTES = 16;
  static final int MAX_ID_CHARS = 8;

  private static final String ALGORITHM = "HmacSHA256";
  // Signed in front of the content, so that a signature made with the same secret for another
  // purpose is never one of ours.
  private static final byte[] PURPOSE =
      "scaling-toolkit/bookmark\0".getBytes(StandardCharsets.US_ASCII);

  private final String id;
  private final SecretKeySpec secret;

  private BookmarkKey(String id, SecretKeySpec secret) {
    this.id = id;
    this.secret = secret;
  }

  /**
   * Returns a key.
   *
   * @param id 1 to 8 characters of letters, digits, dot, dash and underscore; it travels in the
   *     bookmark, readable by anyone
   * @param secret at least {@value #MIN_SECRET_BYTES} random bytes; copied
   * @throws IllegalArgumentException if either breaks its rule
   */
  public static BookmarkKey of(String id, byte[] secret) {
    if (id.length() > MAX_ID_CHARS || !SourceName.isValid(id)) {
      throw new IllegalArgumentException(
          "bookmark key id must be 1 to 8 characters of A-Z, a-z, 0-9, '.', '_' and '-', was \""
              + id
              + "\"");
    }
    if (secret.length < MIN_SECRET_BYTES) {
      throw new IllegalArgumentException(
          "bookmark key secret must have at least "
              + MIN_SECRET_BYTES
              + " bytes, key \""
              + id
              + "\" has "
              + secret.length);
    }
    return new BookmarkKey(id, new SecretKeySpec(secret, ALGORITHM));
  }

  /** Returns the public id. */
  public String id() {
    return id;
  }

  boolean hasSameSecretAs(BookmarkKey other) {
    return MessageDigest.isEqual(secret.getEncoded(), other.secret.getEncoded());
  }

  /** Returns the signature of the first {@code length} bytes. */
  byte[] sign(byte[] bytes, int length) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      mac.update(PURPOSE);
      mac.update(bytes, 0, length);
      return Arrays.copyOf(mac.doFinal(), SIGNATURE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime lacks " + ALGORITHM, e);
    }
  }

  /** Tells whether the signature of all bytes before {@code end} stands at {@code end}. */
  boolean verifies(byte[] bytes, int end) {
    byte[] found = Arrays.copyOfRange(bytes, end, end + SIGNATURE_BYTES);
    return MessageDigest.isEqual(sign(bytes, end), found);
  }

  @Override
  public String toString() {
    return "BookmarkKey[" + id + "]";
  }
}
