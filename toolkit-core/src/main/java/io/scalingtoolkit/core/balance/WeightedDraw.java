// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.util.function.LongSupplier;

/** A candidate's chance is its part of the sum of the weights; immutable. */
final class WeightedDraw implements Balancer {
  private final LongSupplier random;

  WeightedDraw(LongSupplier random) {
    this.random = random;
  }

  @Override
  public int pick(TargetLoad[] targets, long eligible) {
    long candidates = TargetSet.candidates(targets, eligible);
    return candidates == 0 ? NONE : TargetSet.draw(targets, candidates, random.getAsLong());
  }
}
