// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * A quantile of the latest latencies, within a sixteenth; thread-safe, lock-free.
 *
 * <p>Latencies are counted in buckets of which there are 16 to each doubling. From {@value #HALVE}
 * on all counts are halved, so that old latencies fade.
 */
final class LatencyQuantile {
  /** Latencies before there is a quantile. */
  static final int LEAST = 100;

  private static final int HALVE = 4_096;
  private static final int REFRESH = 64;
  private static final int SUB_BITS = 4;
  private static final int SUB = 1 << SUB_BITS;
  private static final int BUCKETS = SUB * (Long.SIZE - SUB_BITS);

  private final double quantile;
  private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);
  private final AtomicInteger recorded = new AtomicInteger();
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private volatile long nanos = -1;

  LatencyQuantile(double quantile) {
    this.quantile = quantile;
  }

  void record(long latencyNanos) {
    counts.getAndIncrement(bucket(Math.max(0, latencyNanos)));
    // It goes below zero after 2^31 of them, so only its remainder is used.
    if (recorded.incrementAndGet() % REFRESH == 0 && refreshing.compareAndSet(false, true)) {
      try {
        refresh();
      } finally {
        refreshing.set(false);
      }
    }
  }

  /** Returns the quantile in nanoseconds, or -1 while too few were recorded. */
  long nanos() {
    return nanos;
  }

  private void refresh() {
    long total = 0;
    for (int i = 0; i < BUCKETS; i++) {
      total += counts.get(i);
    }
    if (total < LEAST) {
      return;
    }
    long rank = (long) Math.ceil(total * quantile);
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += counts.get(i);
      if (seen >= rank) {
        nanos = upperEdge(i);
        break;
      }
    }
    if (total >= HALVE) {
      for (int i = 0; i < BUCKETS; i++) {
        int half = counts.get(i) / 2;
        counts.getAndAdd(i, -half);
      }
    }
  }

  /** Returns the bucket of a latency: the place of its highest bit, and the next four bits. */
  static int bucket(long nanos) {
    if (nanos < SUB) {
      return (int) nanos;
    }
    int shift = Long.SIZE - 1 - SUB_BITS - Long.numberOfLeadingZeros(nanos);
    return SUB * (shift + 1) + (int) ((nanos >>> shift) & (SUB - 1));
  }

  /** Returns the smallest latency above those of a bucket. */
  static long upperEdge(int bucket) {
    if (bucket < SUB) {
      return bucket + 1L;
    }
    int shift = bucket / SUB - 1;
    long edge = (long) (SUB + bucket % SUB + 1) << shift;
    return edge < 0 ? Long.MAX_VALUE : edge;
  }
}
