// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Permits that Redis was charged for and this process may spend; thread-safe, lock-free.
 *
 * <p>Each permit holds a place on the line of arrival times, and no two leases hold the same one. A
 * permit counts as long as its place lies ahead: then Redis still owes for it, and in any span of
 * time the permits spent hold places in that span and in the burst after it, so they are no more
 * than burst and rate allow, however long a process kept them. A permit whose place is past has
 * come back in Redis and is nobody's any more; so a process that dies takes nothing with it.
 */
final class Lease {
  final Tariff tariff;
  final long size;
  private final long[] endNanos;
  private final long[] arrivals;
  private final AtomicLong left;

  /**
   * @param sentNanos a time before that of the reply, from which its places are reckoned
   */
  Lease(Tariff tariff, Reply reply, long sentNanos) {
    this.tariff = tariff;
    this.size = reply.granted();
    this.arrivals = reply.arrivals();
    this.left = new AtomicLong(size);
    this.endNanos = new long[tariff.count];
    for (int i = 0; i < endNanos.length; i++) {
      endNanos[i] = sentNanos + reply.aheadNanos(i);
    }
  }

  /** Returns the arrival times right after it, in microseconds of Redis; not to be changed. */
  long[] arrivals() {
    return arrivals;
  }

  /** Returns how many permits may be spent, 0 or more. */
  long live(long nowNanos) {
    return live(left.get(), nowNanos);
  }

  private long live(long permits, long nowNanos) {
    long live = permits;
    for (int i = 0; i < endNanos.length && live > 0; i++) {
      live = Math.min(live, (long) ((endNanos[i] - nowNanos) / tariff.nanosPerPermit(i)));
    }
    return Math.max(0, live);
  }

  /** Spends permits if so many may be. */
  boolean spend(long permits, long nowNanos) {
    while (true) {
      long before = left.get();
      long live = live(before, nowNanos);
      if (live < permits) {
        return false;
      }
      // Those whose place is past go as well: what is left holds the last places.
      if (left.compareAndSet(before, live - permits)) {
        return true;
      }
    }
  }

  /** Takes all that may be spent, after which nothing is left. */
  long drain(long nowNanos) {
    return live(left.getAndSet(0), nowNanos);
  }

  /** Tells whether half of it is spent or past. */
  boolean isHalfUsed(long nowNanos) {
    return live(nowNanos) <= size / 2;
  }
}
