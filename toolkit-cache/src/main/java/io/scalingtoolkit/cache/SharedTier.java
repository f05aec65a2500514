// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

/**
 * A tier behind the one in memory that several processes share, such as {@link
 * io.scalingtoolkit.cache.redis.RedisTier}; not to be implemented outside of this library.
 * Thread-safe.
 */
public interface SharedTier extends AutoCloseable {
  /**
   * Returns what caches need of it; for this library alone.
   *
   * @throws IllegalArgumentException if it has no such thing
   */
  <T> T unwrap(Class<T> type);

  /** Ends it. Caches that use it go on with what is in memory and with their loaders. */
  @Override
  void close();
}
