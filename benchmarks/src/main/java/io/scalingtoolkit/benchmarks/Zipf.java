// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Ranks 0 to n − 1 with probability proportional to 1 / (rank + 1)^exponent, by binary search in
 * the cumulated weights. Immutable.
 */
final class Zipf {
  private final double[] cumulated;

  /**
   * @param count number of ranks, at least 1
   * @param exponent skew, at least 0; 0 is uniform
   */
  Zipf(int count, double exponent) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1 but is " + count);
    }
    cumulated = new double[count];
    double sum = 0;
    for (int rank = 0; rank < count; rank++) {
      sum += Math.pow(rank + 1.0, -exponent);
      cumulated[rank] = sum;
    }
  }

  int next(RandomGenerator random) {
    double point = random.nextDouble() * cumulated[cumulated.length - 1];
    int found = Arrays.binarySearch(cumulated, point);
    return Math.min(found < 0 ? -found - 1 : found + 1, cumulated.length - 1);
  }
}
