// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

/**
 * JumpBackHash over SplitMix64: a bucket for a hash, in constant expected time. Stateless,
 * thread-safe.
 */
final class JumpBack {
  /*
   * Each hash has a fixed, random set of active buckets; the answer is the highest of them below
   * the number of buckets. Bucket 0 is always active, bucket b with probability 1/(b+1). So, when
   * bucket n is added, a hash either stays or goes to n.
   *
   * The set is made in levels: level q, a power of two, holds the buckets q to 2q-1, and has active
   * ones with probability 1/2. Bits of the first number say which levels have. The levels are
   * visited from the highest down; within one the active buckets come in falling order, each drawn
   * evenly from 0 to 2q-1 until one is below the number of buckets (that is the answer), or below q
   * (nothing more in this level). The highest of a level is drawn from q to 2q-1, as the level is
   * known to have one.
   *
   * Reference: Otmar Ertl, "JumpBackHash: Say Goodbye to the Modulo Operation to Distribute Keys
   * Uniformly to Buckets", Software: Practice and Experience 55(3), 2025, arXiv 2403.18682. It says
   * which bits of which number are used; with them the buckets are those of hash4j.
   *
   * Cost: 1.67 numbers on average at most. The inner loop ends with probability 1/2 or more at each
   * draw; nothing else bounds it.
   */

  private JumpBack() {}

  static int bucket(long hash, int buckets) {
    if (buckets == 1) {
      return 0;
    }
    long state = hash + SplitMix64.GAMMA;
    long first = SplitMix64.mix(state);
    int levels = (int) (first ^ first >>> 32) & -1 >>> Integer.numberOfLeadingZeros(buckets - 1);
    while (levels != 0) {
      int level = Integer.highestOneBit(levels);
      int mask = 2 * level - 1;
      // Odd and even levels take their highest from different halves of the first number.
      int bucket = level + ((int) (first >>> (Integer.bitCount(levels) << 5)) & level - 1);
      while (bucket >= level) {
        if (bucket < buckets) {
          return bucket;
        }
        state += SplitMix64.GAMMA;
        long next = SplitMix64.mix(state);
        bucket = (int) next & mask;
        if (bucket >= buckets) {
          bucket = (int) (next >>> 32) & mask;
        }
      }
      levels ^= level;
    }
    return 0;
  }
}
