// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

/**
 * The generator SplitMix64, as arithmetic. Stateless, thread-safe.
 *
 * <p>The n-th number of a seed is {@code mix(seed + n * GAMMA)}, n from 1. References: Steele, Lea,
 * Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; the constants of {@link
 * #mix} are variant 13 of David Stafford, "Better bit mixing", 2011.
 */
final class SplitMix64 {
  /** What one number is from the next. */
  static final long GAMMA = 0x9E3779B97F4A7C15L;

  private SplitMix64() {}

  /** A permutation of the longs; each bit of the argument changes about half of the result. */
  static long mix(long value) {
    long x = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
    return x ^ x >>> 31;
  }
}
