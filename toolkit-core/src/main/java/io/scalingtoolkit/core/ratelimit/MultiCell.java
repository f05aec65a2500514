// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A cell with several bandwidths, which move together or not at all: arrays that never change,
 * replaced by compare-and-set.
 */
final class MultiCell extends Cell {
  private static final AtomicReferenceFieldUpdater<MultiCell, Arrivals> ARRIVALS =
      AtomicReferenceFieldUpdater.newUpdater(MultiCell.class, Arrivals.class, "arrivals");

  private volatile Arrivals arrivals;

  /** Arrival times; the array is not changed. */
  private static final class Arrivals {
    final long[] times;
    final boolean frozen;

    Arrivals(long[] times, boolean frozen) {
      this.times = times;
      this.frozen = frozen;
    }
  }

  MultiCell(Limits limits, long[] times) {
    super(limits);
    this.arrivals = new Arrivals(times, false);
  }

  @Override
  long take(long nowNanos, long permits, long maxWaitNanos, long @Nullable [] taken) {
    Limits counted = limits;
    if (counted.areStale(nowNanos)) {
      return MOVED;
    }
    while (true) {
      Arrivals before = arrivals;
      if (before.frozen) {
        return MOVED;
      }
      long[] next = new long[before.times.length];
      long wait = 0;
      for (int i = 0; i < next.length; i++) {
        Pace pace = counted.paces[i];
        if (permits > pace.burst()) {
          return ABOVE_BURST;
        }
        long now = counted.elapsedNanos(nowNanos) * pace.unitsPerNano();
        next[i] = Math.max(before.times[i], now) + permits * pace.unitsPerPermit();
        wait = Math.max(wait, waitNanos(pace, next[i], now));
      }
      if (wait > maxWaitNanos) {
        return ~wait;
      }
      if (wait > 0) {
        counted.promised(wait);
      }
      if (ARRIVALS.compareAndSet(this, before, new Arrivals(next, false))) {
        if (taken != null) {
          System.arraycopy(next, 0, taken, 0, next.length);
        }
        return wait;
      }
    }
  }

  @Override
  long[] arrivals() {
    return arrivals.times;
  }

  @Override
  void giveBack(long permits, long[] taken) {
    while (true) {
      Arrivals before = arrivals;
      if (before.frozen) {
        return;
      }
      long[] next = before.times.clone();
      for (int i = 0; i < next.length; i++) {
        long cost = permits * limits.paces[i].unitsPerPermit();
        next[i] = Math.max(0, next[i] - refund(cost, taken[i], next[i]));
      }
      if (ARRIVALS.compareAndSet(this, before, new Arrivals(next, false))) {
        return;
      }
    }
  }

  @Override
  void freeze() {
    ARRIVALS.getAndUpdate(this, before -> new Arrivals(before.times, true));
  }

  @Override
  boolean isFrozen() {
    return arrivals.frozen;
  }

  @Override
  boolean freezeIfClear(long nowNanos) {
    Arrivals before = arrivals;
    return limits.isClear(before.times, nowNanos)
        && (before.frozen
            || ARRIVALS.compareAndSet(this, before, new Arrivals(before.times, true)));
  }
}
