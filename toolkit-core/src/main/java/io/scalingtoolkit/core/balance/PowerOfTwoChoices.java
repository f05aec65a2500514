// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.util.function.LongSupplier;

/** Two candidates drawn, the one of lower cost taken; immutable. */
final class PowerOfTwoChoices implements Balancer {
  // Cost: two readings of three fields each, whatever the number of targets.
  //
  // The weight does not simply divide the cost. With nothing in flight, the normal state of fast
  // targets, the heavier one would then win every time, and a target in slow start would get
  // nothing for most of its length. Here it does three things: it scales what is in flight, which
  // keeps shares right under load; it decides the draw between equal costs, which keeps them right
  // without load; and it widens the margin by which the lighter target has to be better, or one
  // request in flight at the heavier would be enough to send the next one to the lighter.

  /**
   * Costs that differ by less than this factor are equal. Wide enough for the noise of an estimate,
   * and narrow enough to tell one request in flight from none and two from one.
   */
  private static final double SAME = 1.4;

  /**
   * However light a target is, it takes over if the other one is this much worse, times the above.
   */
  private static final double MAX_WIDENING = 8;

  private static final int INDEX_BITS = 20;
  private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;
  private static final int CHANCE_BITS = 24;

  private final LongSupplier random;

  PowerOfTwoChoices(LongSupplier random) {
    this.random = random;
  }

  @Override
  public int pick(TargetLoad[] targets, long eligible) {
    long candidates = TargetSet.existing(targets, eligible);
    int count = Long.bitCount(candidates);
    if (count <= 1) {
      return count == 0 ? NONE : Long.numberOfTrailingZeros(candidates);
    }
    // One draw serves all three decisions: 20 bits for each index, 24 for the draw between equals.
    long bits = random.getAsLong();
    int first = 0;
    int second = 1;
    if (count > 2) {
      first = (int) (((bits & INDEX_MASK) * count) >>> INDEX_BITS);
      second = (int) ((((bits >>> INDEX_BITS) & INDEX_MASK) * (count - 1)) >>> INDEX_BITS);
      if (second >= first) {
        second++;
      }
    }
    int a = TargetSet.nth(candidates, first);
    int b = TargetSet.nth(candidates, second);
    double chance = (bits >>> (Long.SIZE - CHANCE_BITS)) * (1.0 / (1L << CHANCE_BITS));
    double weightA = targets[a].effectiveWeight();
    double weightB = targets[b].effectiveWeight();
    if (weightA > 0 && weightB > 0) {
      return prefersFirst(targets[a], weightA, targets[b], weightB, chance) ? a : b;
    }
    if (weightA > 0 || weightB > 0) {
      return weightA > 0 ? a : b;
    }
    return pickPastWeightless(targets, candidates, count, chance, a);
  }

  /** Neither of the two has a weight: takes any that has one, and {@code drawn} if none has. */
  private int pickPastWeightless(
      TargetLoad[] targets, long candidates, int count, double chance, int drawn) {
    long weighty = TargetSet.weighty(targets, candidates);
    int left = Long.bitCount(weighty);
    if (left == 0 || left == count) {
      return drawn;
    }
    return TargetSet.nth(weighty, (int) (chance * left));
  }

  private static boolean prefersFirst(
      TargetLoad a, double weightA, TargetLoad b, double weightB, double chance) {
    double latencyA = a.latencyNanos();
    double latencyB = b.latencyNanos();
    // Nothing is known of a target without an estimate, so it is taken to be like the other one.
    if (latencyA == 0 || latencyB == 0) {
      latencyA = Math.max(1, Math.max(latencyA, latencyB));
      latencyB = latencyA;
    }
    double loadA = a.inFlight();
    double loadB = b.inFlight();
    double marginA = SAME;
    double marginB = SAME;
    if (weightA != weightB) {
      double mean = (weightA + weightB) / 2;
      loadA *= mean / weightA;
      loadB *= mean / weightB;
      marginA *= Math.max(1, Math.min(weightB / weightA, MAX_WIDENING));
      marginB *= Math.max(1, Math.min(weightA / weightB, MAX_WIDENING));
    }
    double costA = (loadA + 1) * latencyA;
    double costB = (loadB + 1) * latencyB;
    if (costA * marginA < costB) {
      return true;
    }
    return costB * marginB >= costA && chance * (weightA + weightB) < weightA;
  }
}
