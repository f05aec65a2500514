// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.util.function.LongSupplier;

/**
 * The candidate with the fewest requests in flight for its weight, drawn among equals by weight;
 * immutable.
 */
final class LeastInFlight implements Balancer {
  private final LongSupplier random;

  LeastInFlight(LongSupplier random) {
    this.random = random;
  }

  @Override
  public int pick(TargetLoad[] targets, long eligible) {
    long candidates = TargetSet.candidates(targets, eligible);
    double least = Double.POSITIVE_INFINITY;
    long equals = 0;
    for (long rest = candidates; rest != 0; rest &= rest - 1) {
      TargetLoad target = targets[Long.numberOfTrailingZeros(rest)];
      double weight = target.effectiveWeight();
      // All candidates may have weight 0, or reach it meanwhile; then it does not tell them apart.
      double load = target.inFlight() / (weight > 0 ? weight : 1);
      if (load < least) {
        least = load;
        equals = 0;
      }
      if (load == least) {
        equals |= rest & -rest;
      }
    }
    int count = Long.bitCount(equals);
    if (count <= 1) {
      return count == 0 ? NONE : Long.numberOfTrailingZeros(equals);
    }
    return TargetSet.draw(targets, equals, random.getAsLong());
  }
}
