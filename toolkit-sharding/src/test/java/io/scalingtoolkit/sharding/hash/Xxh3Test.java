// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import static org.assertj.core.api.Assertions.assertThat;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class Xxh3Test {
  private static final Hasher64 ORACLE = Hashing.xxh3_64();

  /** From the self-test of xxHash 0.8: seed 0, the bytes of its generator. */
  @ParameterizedTest
  @CsvSource({
    "0, 2d06800538d394c2",
    "1, c44bdff4074eecdb",
    "6, 27b56a84cd2d7325",
    "12, a713daf0dfbb77e7",
    "24, a3fe70bf9d3510eb",
    "48, 397da259ecba1f11",
    "80, bcdefbbb2c47c90a",
    "195, cd94217ee362ec3a",
    "403, cdeb804d65c6dea4",
    "512, 617e49599013cb6b",
    "2048, dd59e2c3a5f038e0",
    "2240, 6e73a90539cf2948",
    "2367, cb37aeb9e5d361ed"
  })
  void hash_bytesOfItsSelfTest_isAsPublished(int length, String expected) {
    byte[] input = new byte[length];
    long generator = 2_654_435_761L;
    for (int i = 0; i < length; i++) {
      input[i] = (byte) (generator >>> 56);
      generator *= 0x9E3779B185EBCA8DL;
    }

    assertThat(Xxh3.hash(input)).isEqualTo(Long.parseUnsignedLong(expected, 16));
  }

  @Test
  void hash_everyLengthTo1100_isThatOfHash4j() {
    SplittableRandom random = new SplittableRandom(1);
    for (int length = 0; length <= 1_100; length++) {
      for (int i = 0; i < 20; i++) {
        byte[] input = new byte[length];
        random.nextBytes(input);
        assertThat(Xxh3.hash(input)).as("length %s", length).isEqualTo(oracle(input));
      }
    }
  }

  /** Around the ends of blocks and stripes, and far beyond. */
  @Test
  void hash_longInput_isThatOfHash4j() {
    byte[] bytes = new byte[70_000];
    new SplittableRandom(2).nextBytes(bytes);
    for (int block = 1_024; block < bytes.length - 65; block += 3_072) {
      for (int length : new int[] {block - 1, block, block + 1, block + 64, block + 65}) {
        byte[] input = Arrays.copyOf(bytes, length);
        assertThat(Xxh3.hash(input)).as("length %s", length).isEqualTo(oracle(input));
      }
    }
  }

  @Test
  void hash_sameBits_isThatOfHash4j() {
    for (int length = 0; length <= 300; length++) {
      byte[] input = new byte[length];
      assertThat(Xxh3.hash(input)).as("zeros, length %s", length).isEqualTo(oracle(input));
      Arrays.fill(input, (byte) -1);
      assertThat(Xxh3.hash(input)).as("ones, length %s", length).isEqualTo(oracle(input));
    }
  }

  private static long oracle(byte[] input) {
    return ORACLE.hashBytesToLong(input);
  }
}
