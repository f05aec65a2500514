// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import java.util.List;

/**
 * What {@link Script#TAKE} answered; immutable, its array is not copied.
 *
 * @param granted permits, 0 if none
 * @param waitNanos until they are there, or until the least that was asked for would be granted
 * @param nowMicros the time of Redis
 * @param absent whether Redis knew nothing of the key
 * @param arrivals whole microseconds, rounded down, at which each bandwidth owes nothing
 */
record Reply(long granted, long waitNanos, long nowMicros, boolean absent, long[] arrivals) {
  private static final int HEADER = 4;

  static Reply of(List<Long> numbers) {
    long[] arrivals = new long[numbers.size() - HEADER];
    for (int i = 0; i < arrivals.length; i++) {
      arrivals[i] = numbers.get(HEADER + i);
    }
    return new Reply(
        numbers.get(0), numbers.get(1) * 1_000, numbers.get(2), numbers.get(3) == 1, arrivals);
  }

  /** Returns how far ahead a bandwidth owed at that time, in nanoseconds. */
  long aheadNanos(int index) {
    return (arrivals[index] - nowMicros) * 1_000;
  }
}
