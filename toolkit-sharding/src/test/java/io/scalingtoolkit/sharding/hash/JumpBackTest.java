// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.dynatrace.hash4j.consistent.ConsistentBucketHasher;
import com.dynatrace.hash4j.consistent.ConsistentHashing;
import com.dynatrace.hash4j.random.PseudoRandomGeneratorProvider;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JumpBackTest {
  private static final ConsistentBucketHasher ORACLE =
      ConsistentHashing.jumpBackHash(PseudoRandomGeneratorProvider.splitMix64_V1());

  @Test
  void bucket_fewBuckets_isThatOfHash4j() {
    SplittableRandom random = new SplittableRandom(1);
    for (int buckets = 1; buckets <= 2_000; buckets++) {
      for (int i = 0; i < 200; i++) {
        assertSame(random.nextLong(), buckets);
      }
    }
  }

  @Test
  void bucket_anyNumberOfBuckets_isThatOfHash4j() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 300_000; i++) {
      assertSame(random.nextLong(), 1 + (random.nextInt() >>> 1 + random.nextInt(31)));
    }
    for (int buckets : new int[] {1 << 30, (1 << 30) + 1, Integer.MAX_VALUE - 1, 0x7FFF_FFFF}) {
      for (int i = 0; i < 1_000; i++) {
        assertSame(i, buckets);
        assertSame(random.nextLong(), buckets);
      }
    }
  }

  private static void assertSame(long hash, int buckets) {
    int bucket = ConsistentHash.bucket(hash, buckets);
    if (bucket != ORACLE.getBucket(hash, buckets)) {
      assertThat(bucket)
          .as("hash %s, buckets %s", hash, buckets)
          .isEqualTo(ORACLE.getBucket(hash, buckets));
    }
  }

  @Test
  void bucket_oneBucketMore_staysOrGoesToIt() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 2_000; i++) {
      long hash = random.nextLong();
      int before = 0;
      for (int buckets = 1; buckets <= 600; buckets++) {
        int after = ConsistentHash.bucket(hash, buckets);
        assertThat(after == before || after == buckets - 1).isTrue();
        before = after;
      }
    }
  }

  /** Perfectly even but for chance: a multinomial's deviation of a count, five times. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 10, 12, 63, 64, 65, 100})
  void bucket_manyHashes_isEven(int buckets) {
    int keys = 500_000;
    int[] counts = new int[buckets];
    for (int i = 0; i < keys; i++) {
      counts[ConsistentHash.bucket(KeyHash.of((long) i), buckets)]++;
    }
    double mean = (double) keys / buckets;

    assertThat(Arrays.stream(counts).allMatch(n -> Math.abs(n - mean) < 5 * Math.sqrt(mean)))
        .as("%s", Arrays.toString(counts))
        .isTrue();
  }

  /** Routed on: jump back v1, never to be changed. */
  @Test
  void bucket_aMillionHashes_areThoseOfVersion1() {
    long sum = 0;
    for (int i = 0; i < 1_000_000; i++) {
      sum = 31 * sum + ConsistentHash.bucket(SplitMix64.mix(i), 1 + i % 5_000);
    }

    assertThat(Long.toHexString(sum)).isEqualTo("7edc0b290f2a3d69");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void bucket_noBuckets_isRefused(int buckets) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConsistentHash.bucket(1, buckets))
        .withMessage("buckets must be 1 or more, but is " + buckets);
  }
}
