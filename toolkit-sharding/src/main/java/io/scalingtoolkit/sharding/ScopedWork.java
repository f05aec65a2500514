// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import org.jspecify.annotations.Nullable;

/**
 * Work in a scope: connections of the data source lead to the shard of its key.
 *
 * @param <T> what it gives
 * @param <E> what it throws
 */
@FunctionalInterface
public interface ScopedWork<T extends @Nullable Object, E extends Exception> {
  /** Does it; may be called again, each time from its beginning. */
  T run(ShardScope scope) throws E;
}
