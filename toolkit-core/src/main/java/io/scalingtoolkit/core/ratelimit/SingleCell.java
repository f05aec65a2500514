// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/** A cell with one bandwidth: one number, changed by compare-and-set, with no object made. */
final class SingleCell extends Cell {
  private static final AtomicLongFieldUpdater<SingleCell> ARRIVAL =
      AtomicLongFieldUpdater.newUpdater(SingleCell.class, "arrival");
  private static final long FROZEN = Long.MIN_VALUE;

  /** The theoretical arrival time, 0 or more; the sign marks a frozen cell. */
  private volatile long arrival;

  SingleCell(Limits limits, long arrival) {
    super(limits);
    this.arrival = arrival;
  }

  @Override
  long take(long nowNanos, long permits, long maxWaitNanos, long @Nullable [] taken) {
    Limits counted = limits;
    if (counted.areStale(nowNanos)) {
      return MOVED;
    }
    Pace pace = counted.paces[0];
    boolean above = permits > pace.burst();
    long now = counted.elapsedNanos(nowNanos) * pace.unitsPerNano();
    long cost = above ? 0 : permits * pace.unitsPerPermit();
    while (true) {
      long before = arrival;
      if (before < 0) {
        return MOVED;
      }
      if (above) {
        return ABOVE_BURST;
      }
      long next = Math.max(before, now) + cost;
      long wait = waitNanos(pace, next, now);
      if (wait > maxWaitNanos) {
        return ~wait;
      }
      if (wait > 0) {
        counted.promised(wait);
      }
      if (ARRIVAL.compareAndSet(this, before, next)) {
        if (taken != null) {
          taken[0] = next;
        }
        return wait;
      }
    }
  }

  @Override
  long[] arrivals() {
    return new long[] {arrival & ~FROZEN};
  }

  @Override
  void giveBack(long permits, long[] taken) {
    Pace pace = limits.paces[0];
    while (true) {
      long before = arrival;
      long refund = refund(permits * pace.unitsPerPermit(), taken[0], before);
      if (before < 0
          || refund == 0
          || ARRIVAL.compareAndSet(this, before, Math.max(0, before - refund))) {
        return;
      }
    }
  }

  @Override
  void freeze() {
    ARRIVAL.getAndUpdate(this, before -> before | FROZEN);
  }

  @Override
  boolean isFrozen() {
    return arrival < 0;
  }

  @Override
  boolean freezeIfClear(long nowNanos) {
    long before = arrival;
    return limits.debt(0, before & ~FROZEN, nowNanos) == 0
        && (before < 0 || ARRIVAL.compareAndSet(this, before, before | FROZEN));
  }
}
