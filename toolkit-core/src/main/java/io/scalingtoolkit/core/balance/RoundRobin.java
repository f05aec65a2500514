// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.util.concurrent.atomic.AtomicInteger;

/** The candidates in turn: one counter, taken modulo their number; thread-safe. */
final class RoundRobin implements Balancer {
  private final AtomicInteger turns = new AtomicInteger();

  @Override
  public int pick(TargetLoad[] targets, long eligible) {
    long candidates = TargetSet.candidates(targets, eligible);
    int count = Long.bitCount(candidates);
    return count == 0
        ? NONE
        : TargetSet.nth(candidates, Integer.remainderUnsigned(turns.getAndIncrement(), count));
  }
}
