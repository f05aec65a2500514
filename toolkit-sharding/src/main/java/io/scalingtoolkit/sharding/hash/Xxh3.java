// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * XXH3-64 with seed 0 and the default secret, for inputs of all lengths. Stateless, thread-safe.
 */
final class Xxh3 {
  /*
   * Reference: Yann Collet, "xxHash fast digest algorithm", section XXH3,
   * https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. Written from that text; names
   * follow it. With seed 0 its terms in the seed fall away.
   *
   * Cost: inputs of up to MOST_MEDIUM bytes allocate nothing; longer ones take eight accumulators.
   */

  /** The longest input that needs no accumulators. */
  static final int MOST_MEDIUM = 240;

  private static final int MOST_HALVED = 128;
  private static final int STRIPE = 64;
  private static final int LANES = 8;
  private static final int STRIPES_PER_BLOCK = 16;

  private static final long PRIME32_1 = 0x9E3779B1L;
  private static final long PRIME32_2 = 0x85EBCA77L;
  private static final long PRIME32_3 = 0xC2B2AE3DL;
  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME64_3 = 0x165667B19E3779F9L;
  private static final long PRIME64_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME64_5 = 0x27D4EB2F165667C5L;
  private static final long PRIME_MX1 = 0x165667919E3779F9L;
  private static final long PRIME_MX2 = 0x9FB21C651E98DF25L;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final byte[] SECRET =
      HexFormat.of()
          .parseHex(
              "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                  + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                  + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                  + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                  + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                  + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

  private static final long SECRET_OF_EMPTY = secret(56) ^ secret(64);
  private static final long SECRET_TO_3 = Integer.toUnsignedLong((int) secret(0) ^ (int) secret(4));
  private static final long SECRET_TO_8 = secret(8) ^ secret(16);
  private static final long SECRET_TO_16_LOW = secret(24) ^ secret(32);
  private static final long SECRET_TO_16_HIGH = secret(40) ^ secret(48);

  private Xxh3() {}

  static long hash(byte[] input) {
    int length = input.length;
    if (length > MOST_MEDIUM) {
      return large(input);
    }
    if (length > 16) {
      return medium(input);
    }
    if (length > 8) {
      return to16(word(input, 0), word(input, length - 8), length);
    }
    if (length > 3) {
      return to8((int) INTS.get(input, 0), (int) INTS.get(input, length - 4), length);
    }
    return length > 0
        ? to3(input[0], input[length >> 1], input[length - 1], length)
        : avalancheXxh64(SECRET_OF_EMPTY);
  }

  /** For 1 to 3 bytes: the first, the one at half the length, and the last. */
  static long to3(int first, int middle, int last, int length) {
    int combined = (last & 0xFF) | (length << 8) | ((first & 0xFF) << 16) | ((middle & 0xFF) << 24);
    return avalancheXxh64(SECRET_TO_3 ^ Integer.toUnsignedLong(combined));
  }

  /** For 4 to 8 bytes: the first four and the last four. */
  static long to8(int first, int last, int length) {
    long combined = Integer.toUnsignedLong(last) | (long) first << 32;
    long value = SECRET_TO_8 ^ combined;
    value ^= Long.rotateLeft(value, 49) ^ Long.rotateLeft(value, 24);
    value *= PRIME_MX2;
    value ^= (value >>> 35) + length;
    value *= PRIME_MX2;
    return value ^ value >>> 28;
  }

  /** For 9 to 16 bytes: the first eight and the last eight. */
  static long to16(long first, long last, int length) {
    long low = SECRET_TO_16_LOW ^ first;
    long high = SECRET_TO_16_HIGH ^ last;
    return avalanche(length + Long.reverseBytes(low) + high + foldedProduct(low, high));
  }

  /** What 17 to 240 bytes start from; add the chunks with {@link #mix}. */
  static long start(int length) {
    return length * PRIME64_1;
  }

  /** What 16 bytes, as two words, add. */
  static long mix(long word, long nextWord, int secretOffset) {
    return foldedProduct(word ^ secret(secretOffset), nextWord ^ secret(secretOffset + 8));
  }

  static long avalanche(long value) {
    long x = (value ^ value >>> 37) * PRIME_MX1;
    return x ^ x >>> 32;
  }

  private static long medium(byte[] input) {
    int length = input.length;
    long sum = start(length);
    if (length <= MOST_HALVED) {
      for (int i = (length - 1) >> 5; i >= 0; i--) {
        sum += mix(input, i * 16, i * 32) + mix(input, length - i * 16 - 16, i * 32 + 16);
      }
      return avalanche(sum);
    }
    for (int i = 0; i < 8; i++) {
      sum += mix(input, i * 16, i * 16);
    }
    sum = avalanche(sum);
    for (int i = 8; i < length >> 4; i++) {
      sum += mix(input, i * 16, (i - 8) * 16 + 3);
    }
    return avalanche(sum + mix(input, length - 16, 119));
  }

  private static long mix(byte[] input, int offset, int secretOffset) {
    return mix(word(input, offset), word(input, offset + 8), secretOffset);
  }

  private static long large(byte[] input) {
    long[] lanes = {
      PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1
    };
    // The last stripe is not among these, even when it is full.
    int stripes = (input.length - 1) / STRIPE;
    for (int i = 0; i < stripes; i++) {
      int inBlock = i % STRIPES_PER_BLOCK;
      accumulate(lanes, input, i * STRIPE, inBlock * 8);
      if (inBlock == STRIPES_PER_BLOCK - 1) {
        scramble(lanes);
      }
    }
    accumulate(lanes, input, input.length - STRIPE, SECRET.length - STRIPE - 7);
    long sum = start(input.length);
    for (int i = 0; i < LANES; i += 2) {
      sum += mix(lanes[i], lanes[i + 1], 11 + i * 8);
    }
    return avalanche(sum);
  }

  private static void accumulate(long[] lanes, byte[] input, int offset, int secretOffset) {
    for (int i = 0; i < LANES; i++) {
      long word = word(input, offset + i * 8);
      long value = word ^ secret(secretOffset + i * 8);
      lanes[i ^ 1] += word;
      lanes[i] += (value & 0xFFFF_FFFFL) * (value >>> 32);
    }
  }

  private static void scramble(long[] lanes) {
    for (int i = 0; i < LANES; i++) {
      long lane = lanes[i];
      lanes[i] = (lane ^ lane >>> 47 ^ secret(SECRET.length - STRIPE + i * 8)) * PRIME32_1;
    }
  }

  private static long avalancheXxh64(long value) {
    long x = (value ^ value >>> 33) * PRIME64_2;
    x = (x ^ x >>> 29) * PRIME64_3;
    return x ^ x >>> 32;
  }

  /** Both halves of the unsigned 128-bit product, by exclusive or. */
  private static long foldedProduct(long a, long b) {
    long high = Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    return a * b ^ high;
  }

  private static long secret(int offset) {
    return word(SECRET, offset);
  }

  private static long word(byte[] bytes, int offset) {
    return (long) LONGS.get(bytes, offset);
  }
}
