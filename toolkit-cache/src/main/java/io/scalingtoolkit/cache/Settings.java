// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a cache behaves; immutable.
 *
 * @param softNanos after which a stale value is handed out instead of waiting for its load, {@link
 *     Long#MAX_VALUE} for never
 * @param hardNanos after which nobody waits for a load, {@link Long#MAX_VALUE} for never
 * @param retryNanos how long a stale value is not loaded again after that failed
 * @param tagger null for no tags
 */
record Settings<K, V>(
    String name,
    Lifetimes lifetimes,
    long softNanos,
    long hardNanos,
    long retryNanos,
    @Nullable BiFunction<? super K, ? super V, ? extends Collection<String>> tagger,
    Executor executor) {

  /** Tells whether nobody waits for a load for ever. */
  boolean hasTimeouts() {
    return hardNanos != Long.MAX_VALUE || softNanos != Long.MAX_VALUE;
  }
}
