// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import org.jspecify.annotations.Nullable;

/**
 * What is kept of a key; immutable. Forty bytes with compressed references.
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

  Entry(@Nullable V value, long endNanos, int aheadMicros, @Nullable TagMark tags) {
    this.value = value;
    this.endNanos = endNanos;
    this.aheadMicros = aheadMicros;
    this.tags = tags;
  }

  /** Tells whether it can be handed out, and nothing needs to be done. */
  boolean isFresh(long nowNanos) {
    return endNanos - nowNanos > Lifetimes.nanos(aheadMicros);
  }

  /** Returns how long ago its lifetime ended, below zero if it has not. */
  long overdueNanos(long nowNanos) {
    return nowNanos - endNanos;
  }
}
