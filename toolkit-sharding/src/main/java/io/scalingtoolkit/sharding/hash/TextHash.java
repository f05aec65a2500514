// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

/**
 * The hash of a text, straight from its characters when they are ASCII, which is its own normal
 * form. Stateless, thread-safe.
 *
 * <p>Allocates nothing for up to 239 characters, all ASCII.
 */
final class TextHash {
  /*
   * Offsets are those of the encoding: the type byte at 0, the first character at 1.
   *
   * Eight characters are read into the lanes of two longs, 16 bits each, every other character into
   * the same: a character beyond ASCII then shows in its own lane, and does not run into the next.
   * Laid over each other, 8 bits apart, the two are the word of the encoding. Whether any character
   * was beyond ASCII is asked once, at the end; the sum is thrown away then.
   */

  private static final int NOT_ASCII = ~0x7F;
  private static final long NOT_ASCII_LANES = 0xFF80_FF80_FF80_FF80L;
  private static final int MOST_HALVED = 128;

  private TextHash() {}

  static long of(String text) {
    int length = text.length() + 1;
    if (length <= 16) {
      return isAscii(text) ? small(text, length) : encoded(text);
    }
    if (length > 32 && length <= 40) {
      return to40(text, length);
    }
    if (length <= MOST_HALVED) {
      return to128(text, length);
    }
    return length <= Xxh3.MOST_MEDIUM ? to240(text, length) : encoded(text);
  }

  private static long encoded(String text) {
    return Xxh3.hash(KeyFormat.text(text));
  }

  private static boolean isAscii(String text) {
    int all = 0;
    for (int i = 0; i < text.length(); i++) {
      all |= text.charAt(i);
    }
    return (all & NOT_ASCII) == 0;
  }

  private static long small(String text, int length) {
    if (length > 8) {
      long first = word(firstLanes(text), lanes(text, 1));
      return Xxh3.to16(first, word(lanes(text, length - 8), lanes(text, length - 7)), length);
    }
    if (length > 3) {
      int first = KeyFormat.TEXT | at(text, 1) << 8 | at(text, 2) << 16 | at(text, 3) << 24;
      return Xxh3.to8(first, length == 4 ? first : half(text, length - 4), length);
    }
    return length > 1
        ? Xxh3.to3(KeyFormat.TEXT, at(text, length >> 1), at(text, length - 1), length)
        : Xxh3.to3(KeyFormat.TEXT, KeyFormat.TEXT, KeyFormat.TEXT, length);
  }

  /**
   * For 33 to 40 bytes, such as a UUID in its usual form: the halves overlap in all but a word, so
   * that most of what the second half needs is shifted out of the first, and not read again.
   */
  private static long to40(String text, int length) {
    long even0 = firstLanes(text);
    long odd0 = lanes(text, 1);
    long even1 = lanes(text, 8);
    long odd1 = lanes(text, 9);
    long even2 = lanes(text, 16);
    long odd2 = lanes(text, 17);
    long even3 = lanes(text, 24);
    long odd3 = lanes(text, 25);
    long evenLast = lanes(text, length - 8);
    long oddLast = lanes(text, length - 7);
    long all = even0 | odd0 | even1 | odd1 | even2 | odd2 | even3 | odd3 | evenLast | oddLast;
    if ((all & NOT_ASCII_LANES) != 0) {
      return encoded(text);
    }
    long word0 = word(even0, odd0);
    long word1 = word(even1, odd1);
    long word2 = word(even2, odd2);
    long word3 = word(even3, odd3);
    int shift = (length - 32) * 8;
    long sum =
        Xxh3.start(length)
            + Xxh3.mix(word0, word1, 0)
            + Xxh3.mix(between(word2, word3, shift), word(evenLast, oddLast), 16)
            + Xxh3.mix(word2, word3, 32)
            + Xxh3.mix(between(word0, word1, shift), between(word1, word2, shift), 48);
    return Xxh3.avalanche(sum);
  }

  /**
   * The word that begins so many bits after the first; 8 to 64, and a shift by 64 shifts nothing.
   */
  private static long between(long first, long next, int shift) {
    return first >>> 1 >>> (shift - 1) | next << -shift;
  }

  private static long to128(String text, int length) {
    long even = firstLanes(text);
    long odd = lanes(text, 1);
    long nextEven = lanes(text, 8);
    long nextOdd = lanes(text, 9);
    long all = even | odd | nextEven | nextOdd;
    long sum = Xxh3.start(length) + Xxh3.mix(word(even, odd), word(nextEven, nextOdd), 0);
    int last = (length - 1) >> 5;
    for (int i = 1; i <= 2 * last + 1; i++) {
      // Chunks from the start, but for the first, and chunks from the end, by turns.
      int distance = (i >> 1) * 16;
      int offset = (i & 1) == 0 ? distance : length - distance - 16;
      even = lanes(text, offset);
      odd = lanes(text, offset + 1);
      nextEven = lanes(text, offset + 8);
      nextOdd = lanes(text, offset + 9);
      all |= even | odd | nextEven | nextOdd;
      sum += Xxh3.mix(word(even, odd), word(nextEven, nextOdd), i * 16);
    }
    return (all & NOT_ASCII_LANES) == 0 ? Xxh3.avalanche(sum) : encoded(text);
  }

  private static long to240(String text, int length) {
    if (!isAscii(text)) {
      return encoded(text);
    }
    long first = word(firstLanes(text), lanes(text, 1));
    long sum = Xxh3.start(length) + Xxh3.mix(first, word(lanes(text, 8), lanes(text, 9)), 0);
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
    long word = word(lanes(text, offset), lanes(text, offset + 1));
    long next = word(lanes(text, offset + 8), lanes(text, offset + 9));
    return Xxh3.mix(word, next, secretOffset);
  }

  private static long word(long even, long odd) {
    return even | odd << 8;
  }

  /** Bytes 0, 2, 4 and 6. */
  private static long firstLanes(String text) {
    return KeyFormat.TEXT
        | (long) at(text, 2) << 16
        | (long) at(text, 4) << 32
        | (long) at(text, 6) << 48;
  }

  /** Four bytes, every other one from the offset on. */
  private static long lanes(String text, int offset) {
    return at(text, offset)
        | (long) at(text, offset + 2) << 16
        | (long) at(text, offset + 4) << 32
        | (long) at(text, offset + 6) << 48;
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
