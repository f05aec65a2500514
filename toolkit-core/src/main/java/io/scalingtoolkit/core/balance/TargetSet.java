// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

/** Arithmetic on sets of targets, where bit i of a {@code long} is target i; immutable. */
final class TargetSet {
  private TargetSet() {}

  /** Returns the eligible targets that exist. */
  static long existing(TargetLoad[] targets, long eligible) {
    int count = targets.length;
    if (count >= Balancer.MAX_TARGETS) {
      if (count > Balancer.MAX_TARGETS) {
        throw new IllegalArgumentException(
            "targets must be at most " + Balancer.MAX_TARGETS + ", were " + count);
      }
      return eligible;
    }
    return eligible & ((1L << count) - 1);
  }

  /** Returns the eligible targets that exist and have a weight above 0, or else all that exist. */
  static long candidates(TargetLoad[] targets, long eligible) {
    long existing = existing(targets, eligible);
    long weighty = weighty(targets, existing);
    return weighty != 0 ? weighty : existing;
  }

  /** Returns those of {@code set} that have a weight above 0. */
  static long weighty(TargetLoad[] targets, long set) {
    long weighty = 0;
    for (long rest = set; rest != 0; rest &= rest - 1) {
      if (targets[Long.numberOfTrailingZeros(rest)].effectiveWeight() > 0) {
        weighty |= rest & -rest;
      }
    }
    return weighty;
  }

  /**
   * Returns the index of the set bit that has {@code rank} set bits below it; there must be one.
   */
  static int nth(long set, int rank) {
    if ((set & (set + 1)) == 0) {
      return rank; // bits 0 to n-1 and no others: the usual case
    }
    // Halves the range: in the lower half if enough bits are set there, else in the upper. Where a
    // random rank lies cannot be predicted, so there is a mask in place of the branch.
    long rest = set;
    int left = rank;
    int at = 0;
    for (int width = set >>> 8 == 0 ? 4 : 32; width > 0; width >>>= 1) {
      int below = Long.bitCount(rest & ((1L << width) - 1));
      int upper = ~((left - below) >> (Integer.SIZE - 1)); // all ones if left >= below, else 0
      left -= below & upper;
      rest >>>= width & upper;
      at += width & upper;
    }
    return at;
  }

  /** Returns a member of a set that is not empty, with a chance in proportion to its weight. */
  static int draw(TargetLoad[] targets, long set, long bits) {
    double sum = 0;
    for (long rest = set; rest != 0; rest &= rest - 1) {
      sum += targets[Long.numberOfTrailingZeros(rest)].effectiveWeight();
    }
    double ticket = fraction(bits) * sum;
    for (long rest = set; rest != 0; rest &= rest - 1) {
      int index = Long.numberOfTrailingZeros(rest);
      ticket -= targets[index].effectiveWeight();
      if (ticket < 0) {
        return index;
      }
    }
    // All weights are 0, or some changed between the two passes.
    return nth(set, below(Long.bitCount(set), bits));
  }

  /** Maps 32 uniform bits to 0 to {@code bound} - 1 (D. Lemire, 2019, without the rejection). */
  static int below(int bound, long bits) {
    return (int) (((bits & 0xffff_ffffL) * bound) >>> 32);
  }

  /** Maps 64 uniform bits to a number from 0 to less than 1. */
  static double fraction(long bits) {
    return (bits >>> 11) * 0x1p-53;
  }
}
