// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import java.util.List;

/** What {@link Script#TAKE} answered; immutable as long as nobody writes to its array. */
final class Reply {
  private static final int HEADER = 4;

  private final long granted;
  private final long waitNanos;
  private final long nowMicros;
  private final boolean absent;
  private final long[] arrivals;

  Reply(long granted, long waitNanos, long nowMicros, boolean absent, long[] arrivals) {
    this.granted = granted;
    this.waitNanos = waitNanos;
    this.nowMicros = nowMicros;
    this.absent = absent;
    this.arrivals = arrivals;
  }

  static Reply of(List<Long> numbers) {
    long[] arrivals = new long[numbers.size() - HEADER];
    for (int i = 0; i < arrivals.length; i++) {
      arrivals[i] = numbers.get(HEADER + i);
    }
    return new Reply(
        numbers.get(0), numbers.get(1) * 1_000, numbers.get(2), numbers.get(3) == 1, arrivals);
  }

  /** Returns how many permits were granted, 0 if none. */
  long granted() {
    return granted;
  }

  /** Returns how long until they are there, or until the least asked for would be granted. */
  long waitNanos() {
    return waitNanos;
  }

  /** Returns the time of Redis. */
  long nowMicros() {
    return nowMicros;
  }

  /** Tells whether Redis knew nothing of the key. */
  boolean absent() {
    return absent;
  }

  /** Returns whole microseconds, rounded down, at which each bandwidth owes nothing. */
  long[] arrivals() {
    return arrivals;
  }

  /** Returns how far ahead a bandwidth owed at that time, in nanoseconds. */
  long aheadNanos(int index) {
    return (arrivals[index] - nowMicros) * 1_000;
  }
}
