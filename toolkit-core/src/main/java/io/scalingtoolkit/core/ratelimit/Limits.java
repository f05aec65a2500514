// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A rate limit as it is counted from some origin in time; shared by the cells of all keys,
 * thread-safe.
 */
final class Limits {
  // The algorithm is the generic cell rate algorithm of ATM (ITU-T I.371) in its virtual scheduling
  // form. The state of a bandwidth is one number: the time at which all that was taken will have
  // come back, the theoretical arrival time. A request for n permits moves it on by n times what
  // one takes, if it then lies no further ahead than the burst.
  //
  // Times are counted from the origin, so that they stay far from overflow. When the origin is too
  // long ago, the limits are replaced by the same ones with a new origin, which is the way in which
  // they are replaced by other ones.

  /** Times and debts stay below this, so that sums of two cannot overflow. */
  static final long MAX_UNITS = 1L << 61;

  final RateLimit limit;
  final Pace[] paces;
  private final long originNanos;
  private final long maxElapsedNanos;
  // The longest time that anybody was told to wait, in nanoseconds: a debt can be the burst and as
  // much more, and what looks like a larger one is the work of a clock that went back.
  private final AtomicLong longestPromise = new AtomicLong();

  Limits(RateLimit limit, long nowNanos) {
    this(limit, limit.bandwidths().stream().map(Pace::of).toArray(Pace[]::new), nowNanos);
  }

  private Limits(RateLimit limit, Pace[] paces, long nowNanos) {
    this.limit = limit;
    this.paces = paces;
    this.originNanos = nowNanos;
    long most = 1;
    for (Pace pace : paces) {
      most = Math.max(most, pace.unitsPerNano());
    }
    this.maxElapsedNanos = MAX_UNITS / most;
  }

  /** Returns the same limits, counted from now. */
  Limits from(long nowNanos) {
    Limits next = new Limits(limit, paces, nowNanos);
    next.promised(longestPromise.get());
    return next;
  }

  /** Takes note, ahead of a turn that is given out, that it is to come in so many nanoseconds. */
  void promised(long nanos) {
    if (longestPromise.get() < nanos) {
      longestPromise.accumulateAndGet(nanos, Math::max);
    }
  }

  /** Tells whether the origin is too long ago, or not yet there. */
  boolean areStale(long nowNanos) {
    long elapsed = nowNanos - originNanos;
    return elapsed > maxElapsedNanos || elapsed < -maxElapsedNanos;
  }

  /** Returns the time since the origin, below zero for a clock that went back. */
  long elapsedNanos(long nowNanos) {
    return nowNanos - originNanos;
  }

  /** Returns what is still owed of {@code arrival} at a time, also if these are stale. */
  long debt(int index, long arrival, long nowNanos) {
    long units = paces[index].unitsPerNano();
    long elapsed = Math.max(nowNanos - originNanos, -MAX_UNITS / units);
    return elapsed > Long.MAX_VALUE / units ? 0 : Math.max(0, arrival - elapsed * units);
  }

  /** Tells whether nothing is owed of any of {@code arrivals}. */
  boolean isClear(long[] arrivals, long nowNanos) {
    for (int i = 0; i < arrivals.length; i++) {
      if (debt(i, arrivals[i], nowNanos) > 0) {
        return false;
      }
    }
    return true;
  }

  Cell newCell() {
    return paces.length == 1
        ? new SingleCell(this, 0)
        : new MultiCell(this, new long[paces.length]);
  }

  /**
   * Returns a cell of these limits that owes what {@code arrivals} of {@code before} stand for,
   * permit by permit. A bandwidth that has no counterpart takes the largest debt there is.
   */
  Cell successor(Limits before, long[] arrivals, long timeNanos) {
    // A clock that went back makes debts larger, and a change of the limit must not keep that up.
    long nowNanos = elapsedNanos(timeNanos) < 0 ? originNanos : timeNanos;
    long[] owed = new long[paces.length];
    for (int i = 0; i < paces.length; i++) {
      if (before.paces.length == paces.length) {
        owed[i] = before.converted(i, arrivals, nowNanos, paces[i]);
      } else {
        for (int j = 0; j < arrivals.length; j++) {
          owed[i] = Math.max(owed[i], before.converted(j, arrivals, nowNanos, paces[i]));
        }
      }
      owed[i] = Math.min(owed[i], MAX_UNITS);
      if (owed[i] > paces[i].capacity()) {
        promised(paces[i].nanos(owed[i] - paces[i].capacity()));
      }
      owed[i] += elapsedNanos(nowNanos) * paces[i].unitsPerNano();
    }
    return paces.length == 1 ? new SingleCell(this, owed[0]) : new MultiCell(this, owed);
  }

  private long converted(int index, long[] arrivals, long nowNanos, Pace to) {
    Pace pace = paces[index];
    long ahead = Math.min(longestPromise.get(), MAX_UNITS / pace.unitsPerNano());
    long most = pace.capacity() + ahead * pace.unitsPerNano();
    return pace.debtUnder(to, Math.min(most, debt(index, arrivals[index], nowNanos)));
  }
}
