// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.internal.engine.Sample;

/**
 * When the primary was where, as far back as {@value #ENTRIES} samples at least {@value
 * #GAP_MILLIS} ms apart reach; thread-safe.
 *
 * <p>It turns a replica's position into an age without a clock on the servers and without heartbeat
 * rows: what the replica covers is at least as new as the newest sample whose position it covers.
 */
final class PrimaryHistory {
  static final long NONE = Long.MIN_VALUE;

  private static final int ENTRIES = 4096;
  private static final int GAP_MILLIS = 5;

  // Guarded by this. A ring; `next` counts all entries ever added.
  private final Position[] positions = new Position[ENTRIES];
  private final long[] sentNanos = new long[ENTRIES];
  private long next;
  private boolean tail;

  synchronized void add(Sample sample) {
    // The newest sample always stands at the end. It is replaced as long as it is too close to the
    // one before it, so the ring reaches back far and its end is fresh all the same.
    if (tail && close(sample.sentNanos())) {
      next--;
    }
    // What was written and turned out to hold no commit is bounded by less now.
    long oldest = Math.max(0, next - ENTRIES);
    while (next > oldest && !sample.position().covers(positions[(int) ((next - 1) % ENTRIES)])) {
      next--;
    }
    int at = (int) (next % ENTRIES);
    positions[at] = sample.position();
    sentNanos[at] = sample.sentNanos();
    next++;
    tail = true;
  }

  private boolean close(long sent) {
    return next >= 2 && sent - sentNanos[(int) ((next - 2) % ENTRIES)] < GAP_MILLIS * 1_000_000L;
  }

  /** Forgets everything: another primary writes another history. */
  synchronized void clear() {
    next = 0;
    tail = false;
  }

  /** Returns the time of the newest sample that {@code replayed} covers, or {@link #NONE}. */
  synchronized long sentOfNewestCovered(Position replayed) {
    long low = Math.max(0, next - ENTRIES);
    long high = next;
    // The entries covered are the older ones: find the first that is not.
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (replayed.covers(positions[(int) (middle % ENTRIES)])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    long oldest = Math.max(0, next - ENTRIES);
    return low == oldest ? NONE : sentNanos[(int) ((low - 1) % ENTRIES)];
  }
}
