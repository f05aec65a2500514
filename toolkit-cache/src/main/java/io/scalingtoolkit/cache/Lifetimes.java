// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long entries are good for; immutable.
 *
 * @param absentNanos lifetime of the knowledge that there is no value, 0 not to keep it
 * @param jitter largest part of a lifetime by which it is shortened at random, 0 to 1
 * @param revalidateNanos how long after its lifetime a value is handed out while it is loaded again
 * @param errorNanos how long after its lifetime a value is handed out if it cannot be loaded
 * @param beta how eagerly values are loaded again ahead of the end of their lifetime, 0 for not
 * @param random from 0 to 1
 */
record Lifetimes(
    long liveNanos,
    long absentNanos,
    double jitter,
    long revalidateNanos,
    long errorNanos,
    double beta,
    DoubleSupplier random) {
  private static final int NANOS_PER_MICRO = 1_000;

  /** The longest time that an entry can be of use. */
  long longestNanos() {
    return Math.max(liveNanos, absentNanos) + Math.max(revalidateNanos, errorNanos);
  }

  /**
   * Returns an entry, or null if it is not worth keeping.
   *
   * @param startNanos when its load began: it may be as old as that
   */
  <V> @Nullable Entry<V> entry(
      @Nullable V value, long startNanos, long loadNanos, @Nullable TagMark tags) {
    long whole = value == null ? absentNanos : liveNanos;
    if (whole == 0) {
      return null;
    }
    long live = Math.max(1, whole - (long) (whole * jitter * random.getAsDouble()));
    return new Entry<>(value, startNanos + live, aheadMicros(live, loadNanos), tags, null);
  }

  /**
   * How long before its end a lifetime counts as over for one reader, who then loads the value
   * ahead. The longer a load takes the earlier, and at random, so that not all do at once: the
   * probabilistic early expiration of Vattani, Chierichetti and Lowenstein (VLDB 2015), with the
   * dice thrown once for an entry instead of once for a read.
   */
  private int aheadMicros(long live, long loadNanos) {
    if (beta == 0) {
      return 0;
    }
    // Not the logarithm of zero.
    double ahead = -Math.log(1 - random.getAsDouble()) * beta * loadNanos;
    return (int) Math.min(Integer.MAX_VALUE, Math.min(live / 2.0, ahead) / NANOS_PER_MICRO);
  }

  static long nanos(int micros) {
    return (long) micros * NANOS_PER_MICRO;
  }
}
