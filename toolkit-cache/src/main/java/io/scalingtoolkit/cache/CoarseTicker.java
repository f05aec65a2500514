// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import io.scalingtoolkit.core.time.MonotonicClock;

/**
 * The time for Caffeine, which reads it at each access: that of the last access that moved it on.
 * Thread-safe. What is handed out is judged by {@link #exact}, Caffeine only frees memory by it.
 */
final class CoarseTicker implements Ticker {
  private static final long STEP_NANOS = 1_000_000;

  private final MonotonicClock clock;
  private volatile long coarseNanos;

  CoarseTicker(MonotonicClock clock) {
    this.clock = clock;
    this.coarseNanos = clock.nanoTime();
  }

  long exact() {
    long now = clock.nanoTime();
    // Written rarely, since all threads read it.
    if (now - coarseNanos >= STEP_NANOS) {
      coarseNanos = now;
    }
    return now;
  }

  @Override
  public long read() {
    return coarseNanos;
  }
}
