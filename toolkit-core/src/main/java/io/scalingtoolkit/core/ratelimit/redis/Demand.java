// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

/**
 * How often one key is asked for here: a moving average over about a tenth of a second; thread-safe
 * in that any number of threads may count, of whose counts some may be lost.
 */
final class Demand {
  private static final double SPAN_NANOS = 100e6;
  private static final long STEP_NANOS = 5_000_000;

  // Counted without synchronization: a lost count makes a lease a little smaller, no more.
  private long decisions;
  // Guarded by this.
  private long measured;
  private long sinceNanos;
  private double perNano;

  Demand(long nowNanos) {
    sinceNanos = nowNanos;
  }

  void count() {
    decisions++;
  }

  /** Returns the decisions per nanosecond. */
  synchronized double perNano(long nowNanos) {
    long elapsed = nowNanos - sinceNanos;
    if (elapsed >= STEP_NANOS) {
      double now = (double) Math.max(0, decisions - measured) / elapsed;
      perNano += (now - perNano) * Math.min(1, elapsed / SPAN_NANOS * 2);
      measured = decisions;
      sinceNanos = nowNanos;
    }
    return perNano;
  }
}
