// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import org.jspecify.annotations.Nullable;

/**
 * Reads a value from where it is kept, such as a database.
 *
 * <p>It is called without any lock held, so it may take its time and may use the cache for other
 * keys. It must be thread-safe where it is used by several threads.
 */
@FunctionalInterface
public interface Loader<K, V> {
  /**
   * Reads the value of a key.
   *
   * @return the value, or null if there is none
   * @throws Exception if it cannot be read; nothing is cached then
   */
  @Nullable V load(K key) throws Exception;
}
