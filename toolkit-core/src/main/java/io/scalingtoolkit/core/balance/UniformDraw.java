// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.util.function.LongSupplier;

/** Every candidate has the same chance; immutable. */
final class UniformDraw implements Balancer {
  private final LongSupplier random;

  UniformDraw(LongSupplier random) {
    this.random = random;
  }

  @Override
  public int pick(TargetLoad[] targets, long eligible) {
    long candidates = TargetSet.candidates(targets, eligible);
    int count = Long.bitCount(candidates);
    return count == 0
        ? NONE
        : TargetSet.nth(candidates, TargetSet.below(count, random.getAsLong()));
  }
}
