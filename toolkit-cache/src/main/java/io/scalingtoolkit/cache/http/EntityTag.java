// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The value of an ETag header: a name for the bytes of an answer; immutable.
 *
 * @param value visible characters without quotes, 1 to {@value #LONGEST}, no control characters
 * @param weak whether answers that mean the same have the same, though their bytes differ
 */
public record EntityTag(String value, boolean weak) {
  /** The longest value in characters. */
  public static final int LONGEST = 128;

  private static final int HASH_BYTES = 16;
  private static final String WEAK = "W/";

  /**
   * Checks the value.
   *
   * @throws IllegalArgumentException if it is not as it must be
   */
  public EntityTag {
    if (value.isEmpty()
        || value.length() > LONGEST
        || !value.chars().allMatch(EntityTag::isOpaque)) {
      throw new IllegalArgumentException(
          "an entity tag must be 1 to %d visible ASCII characters without quotes, has %d: %s"
              .formatted(LONGEST, value.length(), value.replaceAll("[^!-~]", "?")));
    }
  }

  private static boolean isOpaque(int character) {
    return character > ' ' && character <= '~' && character != '"';
  }

  /** Returns the strong tag of a version, such as the number of a row's last change. */
  public static EntityTag ofVersion(long version) {
    return new EntityTag(Long.toHexString(version), false);
  }

  /** Returns the strong tag of a version that is text. */
  public static EntityTag ofVersion(String version) {
    return new EntityTag(version, false);
  }

  /** Returns the strong tag of the bytes that are sent: 128 bits of their SHA-256. */
  public static EntityTag ofBytes(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      byte[] start = Arrays.copyOf(hash, HASH_BYTES);
      return new EntityTag(Base64.getUrlEncoder().withoutPadding().encodeToString(start), false);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Returns a weak tag of the same value. */
  public EntityTag asWeak() {
    return new EntityTag(value, true);
  }

  /** Returns the value of the header. */
  public String header() {
    return (weak ? WEAK : "") + '"' + value + '"';
  }

  /**
   * Tells whether a client has this already, as it says with If-None-Match. Compared weakly, as RFC
   * 9110 wants it: a proxy that compresses makes a strong tag weak.
   *
   * @param ifNoneMatch the header's values; {@code *} stands for anything. A value that is not a
   *     list of entity tags counts as not there, so the client gets the whole answer.
   * @param current null if there is nothing to answer with
   */
  public static boolean matches(List<String> ifNoneMatch, @Nullable EntityTag current) {
    if (current == null) {
      return false;
    }
    String joined = String.join(",", ifNoneMatch);
    return joined.strip().equals("*") || isListed(joined, current.value);
  }

  /** Walks over the list. Commas may stand within a tag, so it cannot be split. */
  private static boolean isListed(String list, String wanted) {
    boolean found = false;
    int at = 0;
    while (true) {
      while (at < list.length() && (isBlank(list.charAt(at)) || list.charAt(at) == ',')) {
        at++;
      }
      if (at == list.length()) {
        return found;
      }
      int open = list.startsWith(WEAK, at) ? at + WEAK.length() : at;
      int close =
          open < list.length() && list.charAt(open) == '"' ? list.indexOf('"', open + 1) : -1;
      if (close < 0) {
        return false;
      }
      found |= list.substring(open + 1, close).equals(wanted);
      at = close + 1;
      while (at < list.length() && isBlank(list.charAt(at))) {
        at++;
      }
      if (at < list.length() && list.charAt(at) != ',') {
        return false;
      }
    }
  }

  private static boolean isBlank(char character) {
    return character == ' ' || character == '\t';
  }

  @Override
  public String toString() {
    return header();
  }
}
