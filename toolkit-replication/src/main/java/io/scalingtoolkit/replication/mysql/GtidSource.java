// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import java.util.Comparator;
import java.util.Locale;
import java.util.UUID;

/**
 * Where a series of MySQL transactions comes from: 128 bits of UUID and a tag, empty for none.
 *
 * <p>The tag is 1 to 32 characters of a-z, 0-9 and underscore and does not start with a digit, as
 * MySQL 8.3 and later have it. Ordered by the bytes of the UUID, then by tag. Immutable.
 */
record GtidSource(long high, long low, String tag) implements Comparable<GtidSource> {
  static final int MAX_TAG_CHARS = 32;

  private static final int UUID_CHARS = 36;
  private static final Comparator<GtidSource> ORDER =
      Comparator.comparing(GtidSource::high, Long::compareUnsigned)
          .thenComparing(GtidSource::low, Long::compareUnsigned)
          .thenComparing(GtidSource::tag);

  static boolean isTag(String text) {
    if (text.isEmpty() || text.length() > MAX_TAG_CHARS) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || c == '_';
      boolean digit = c >= '0' && c <= '9' && i > 0;
      if (!letter && !digit) {
        return false;
      }
    }
    return true;
  }

  /** Returns the source without a tag that a text such as {@code 3e11fa47-71ca-…} names. */
  static GtidSource parseUuid(String text) {
    long[] halves = new long[2];
    int digits = 0;
    boolean valid = text.length() == UUID_CHARS;
    for (int i = 0; valid && i < UUID_CHARS; i++) {
      char c = text.charAt(i);
      if (i == 8 || i == 13 || i == 18 || i == 23) {
        valid = c == '-';
      } else {
        int digit = c < 0x80 ? Character.digit(c, 16) : -1;
        valid = digit >= 0;
        halves[digits / 16] = (halves[digits / 16] << 4) | digit;
        digits++;
      }
    }
    if (!valid) {
      throw new IllegalArgumentException("\"" + text + "\" is not a UUID of 36 characters");
    }
    return new GtidSource(halves[0], halves[1], "");
  }

  /** Returns the same UUID with a tag, in any case. */
  GtidSource withTag(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (!isTag(lower)) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is neither an interval nor a tag of 1 to 32 letters, digits and '_'");
    }
    return new GtidSource(high, low, lower);
  }

  @Override
  public int compareTo(GtidSource other) {
    return ORDER.compare(this, other);
  }

  /** Returns it as MySQL prints it, such as {@code 3e11fa47-71ca-11e1-9e33-c80aa9429562:tag}. */
  @Override
  public String toString() {
    String uuid = new UUID(high, low).toString();
    return tag.isEmpty() ? uuid : uuid + ':' + tag;
  }
}
