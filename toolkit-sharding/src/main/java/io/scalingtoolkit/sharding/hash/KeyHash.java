// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.util.UUID;

/**
 * The 64-bit hash of a key, and the slot it falls into: hash xxh3-64 v1, never to change.
 *
 * <p>It is XXH3-64 with seed 0 and the default secret, over the canonical encoding that {@link
 * ShardKey} defines, so that {@code KeyHash.of(x) == ShardKey.of(x).hash()}; only without making a
 * key. Any other XXH3 finds the same slot. To check one with, in hexadecimal:
 *
 * <pre>
 * integer 0                                    313c2dd2ec996e80
 * integer 42                                   46bb72a9ed3427e4
 * integer -1                                   53a5f4bc2fc0168c
 * text, empty                                  c9f42e6c9e93dfff
 * text alice                                   8c05b51edf43f3bd
 * text U+00E9, and text U+0065 U+0301          86968fd863764238
 * text 123e4567-e89b-12d3-a456-426614174000    dc53b8a01a125c63
 * UUID 123e4567-e89b-12d3-a456-426614174000    95533b1119b65776
 * bytes 00 ff                                  eaf1ba944932ddfb
 * composite of integer 1 and text a            6cd9bb166af3b244
 * </pre>
 *
 * <p>It is not for secrets: whoever chooses the keys can choose them to meet in one slot.
 *
 * <p>Thread-safe. Reference: Yann Collet, <a
 * href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">xxHash fast digest
 * algorithm</a>.
 */
public final class KeyHash {
  /** The name of the function, to be stored beside whatever was routed with it. */
  public static final String ALGORITHM = "xxh3-64 v1";

  /** The most slots there can be. */
  public static final int MAX_SLOTS = 65_536;

  private KeyHash() {}

  /** Returns the hash of an integer; allocates nothing. */
  public static long of(long value) {
    // The bytes are the type and then the value, most significant first; words are read the other
    // way round.
    long reversed = Long.reverseBytes(value);
    return Xxh3.to16(reversed << 8 | KeyFormat.INTEGER, reversed, 1 + Long.BYTES);
  }

  /**
   * Returns the hash of a text; allocates nothing for up to 239 characters that are all ASCII.
   *
   * @throws IllegalArgumentException if it has an unpaired surrogate
   */
  public static long of(String value) {
    return TextHash.of(value);
  }

  /** Returns the hash of a UUID; allocates nothing. */
  public static long of(UUID value) {
    long high = Long.reverseBytes(value.getMostSignificantBits());
    long low = Long.reverseBytes(value.getLeastSignificantBits());
    long sum =
        Xxh3.start(1 + 2 * Long.BYTES)
            + Xxh3.mix(high << 8 | KeyFormat.UUID_VALUE, low << 8 | high >>> 56, 0)
            + Xxh3.mix(high, low, 16);
    return Xxh3.avalanche(sum);
  }

  /** Returns the hash of bytes. */
  public static long of(byte[] value) {
    return Xxh3.hash(KeyFormat.bytes(value));
  }

  /**
   * Returns the slot of a hash: its top bits. With twice the slots, slot {@code s} splits into
   * {@code 2s} and {@code 2s + 1}.
   *
   * @param slots 1 to {@value #MAX_SLOTS}, a power of two
   * @return 0 to {@code slots - 1}
   * @throws IllegalArgumentException if {@code slots} is another number
   */
  public static int slot(long hash, int slots) {
    if (slots < 1 || slots > MAX_SLOTS || Integer.bitCount(slots) != 1) {
      throw new IllegalArgumentException(
          "slots must be a power of two from 1 to " + MAX_SLOTS + ", but is " + slots);
    }
    // In two shifts, since a shift by 64 shifts nothing.
    return (int) (hash >>> 1 >>> (63 - Integer.numberOfTrailingZeros(slots)));
  }
}
