// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The last {@value #ENTRIES} readings of a node; one thread adds, any may ask.
 *
 * <p>What a session has seen is bounded by any sample sent later, but best by the first of them:
 * the latest is so far ahead that hardly a replica has been seen to have got there.
 */
final class RecentReadings {
  static final int ENTRIES = 64;

  private final AtomicReferenceArray<@Nullable Reading> ring = new AtomicReferenceArray<>(ENTRIES);
  private volatile long added;

  void add(Reading reading) {
    long index = added;
    ring.set((int) (index % ENTRIES), reading);
    added = index + 1;
  }

  /**
   * Returns the first reading of {@code latest}'s server, in the same role, whose sample was sent
   * after {@code nanoTime}; null if there is none.
   */
  @Nullable Reading firstSentAfter(long nanoTime, Reading latest) {
    Reading first = null;
    long end = added;
    for (long i = end - 1; i >= Math.max(0, end - ENTRIES); i--) {
      // One that is overwritten meanwhile is later than it should be, which is no less true.
      Reading each = ring.get((int) (i % ENTRIES));
      if (each == null
          || each.server() != latest.server()
          || each.sample().role() != latest.sample().role()
          || each.sample().sentNanos() - nanoTime <= 0) {
        break;
      }
      first = each;
    }
    return first;
  }
}
