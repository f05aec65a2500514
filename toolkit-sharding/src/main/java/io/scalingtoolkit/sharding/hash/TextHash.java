// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

/**
 * The hash of a text, straight from its characters when they are ASCII, which is its own normal
 * form. Stateless, thread-safe.
 *
 * <p>Offsets are those of the encoding: the type byte at 0, the first character at 1. Allocates
 * nothing for up to 239 characters, all ASCII.
 */
final class TextHash {
  private static final int NOT_ASCII = ~0x7F;
  private static final int MOST_HALVED = 128;

  private TextHash() {}

  static long of(String text) {
    int length = text.length() + 1;
    if (length > Xxh3.MOST_MEDIUM || !isAscii(text)) {
      return Xxh3.hash(KeyFormat.text(text));
    }
    if (length > 16) {
      return medium(text, length);
    }
    if (length > 8) {
      return Xxh3.to16(first(text), word(text, length - 8), length);
    }
    if (length > 3) {
      int first = KeyFormat.TEXT | at(text, 1) << 8 | at(text, 2) << 16 | at(text, 3) << 24;
      return Xxh3.to8(first, length == 4 ? first : half(text, length - 4), length);
    }
    return length > 1
        ? Xxh3.to3(KeyFormat.TEXT, at(text, length >> 1), at(text, length - 1), length)
        : Xxh3.to3(KeyFormat.TEXT, KeyFormat.TEXT, KeyFormat.TEXT, length);
  }

  private static boolean isAscii(String text) {
    int all = 0;
    for (int i = 0; i < text.length(); i++) {
      all |= text.charAt(i);
    }
    return (all & NOT_ASCII) == 0;
  }

  private static long medium(String text, int length) {
    long sum = Xxh3.start(length) + Xxh3.mix(first(text), word(text, 8), 0);
    if (length <= MOST_HALVED) {
      int last = (length - 1) >> 5;
      for (int i = 1; i <= last; i++) {
        sum += mix(text, i * 16, i * 32);
      }
      for (int i = 0; i <= last; i++) {
        sum += mix(text, length - i * 16 - 16, i * 32 + 16);
      }
      return Xxh3.avalanche(sum);
    }
    for (int i = 1; i < 8; i++) {
      sum += mix(text, i * 16, i * 16);
    }
    sum = Xxh3.avalanche(sum);
    for (int i = 8; i < length >> 4; i++) {
      sum += mix(text, i * 16, (i - 8) * 16 + 3);
    }
    return Xxh3.avalanche(sum + mix(text, length - 16, 119));
  }

  private static long mix(String text, int offset, int secretOffset) {
    return Xxh3.mix(word(text, offset), word(text, offset + 8), secretOffset);
  }

  /** The first eight bytes. */
  private static long first(String text) {
    return KeyFormat.TEXT
        | at(text, 1) << 8
        | at(text, 2) << 16
        | (long) at(text, 3) << 24
        | (long) half(text, 4) << 32;
  }

  private static long word(String text, int offset) {
    return Integer.toUnsignedLong(half(text, offset)) | (long) half(text, offset + 4) << 32;
  }

  private static int half(String text, int offset) {
    return at(text, offset)
        | at(text, offset + 1) << 8
        | at(text, offset + 2) << 16
        | at(text, offset + 3) << 24;
  }

  private static int at(String text, int offset) {
    return text.charAt(offset - 1);
  }
}
