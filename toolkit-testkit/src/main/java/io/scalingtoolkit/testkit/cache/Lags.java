// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.time.Duration;
import java.util.Arrays;

/** How long invalidations were not known. Confined. */
final class Lags {
  private long[] nanos = new long[1_024];
  private int size;

  void add(long lagNanos) {
    if (size == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * size);
    }
    nanos[size++] = lagNanos;
  }

  StalenessReport.Lag summary() {
    long[] sorted = Arrays.copyOf(nanos, size);
    Arrays.sort(sorted);
    return new StalenessReport.Lag(at(sorted, 50), at(sorted, 99), at(sorted, 100));
  }

  /** The nearest rank. */
  private static Duration at(long[] sorted, long percent) {
    int rank = (int) ((sorted.length * percent + 99) / 100);
    return rank == 0 ? Duration.ZERO : Duration.ofNanos(sorted[rank - 1]);
  }
}
