// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.scalingtoolkit.cache.internal.Line;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a key; immutable. Forty-eight bytes at most with compressed references.
 *
 * @param <V> of the value
 */
final class Entry<V> {
  /** Null if there is no value. */
  final @Nullable V value;

  /** When its lifetime ends, on the cache's clock. */
  final long endNanos;

  /** How long before that it is to be loaded again. */
  private final int aheadMicros;

  final @Nullable TagMark tags;

  /** Null without a shared tier. */
  final @Nullable Stamp stamp;

  /**
   * Which entry of the shared tier it is a copy of, 0 if of none, and what tells of changes to
   * that; immutable.
   */
  record Stamp(long token, Line line) {}

  Entry(
      @Nullable V value,
      long endNanos,
      int aheadMicros,
      @Nullable TagMark tags,
      @Nullable Stamp stamp) {
    this.value = value;
    this.endNanos = endNanos;
    this.aheadMicros = aheadMicros;
    this.tags = tags;
    this.stamp = stamp;
  }

  /** Tells whether it can be handed out, and nothing needs to be done. */
  boolean isFresh(long nowNanos) {
    return endNanos - nowNanos > Lifetimes.nanos(aheadMicros);
  }

  /** Returns how long ago its lifetime ended, below zero if it has not. */
  long overdueNanos(long nowNanos) {
    return nowNanos - endNanos;
  }

  /** Returns the same, that ends no later than a time. */
  Entry<V> copyOf(Stamp of, long latestEndNanos) {
    long end = latestEndNanos - endNanos < 0 ? latestEndNanos : endNanos;
    return new Entry<>(value, end, aheadMicros, tags, of);
  }
}
