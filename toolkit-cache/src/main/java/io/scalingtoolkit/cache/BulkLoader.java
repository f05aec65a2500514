// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.Map;
import java.util.Set;

/** Reads the values of several keys at once, under the rules of {@link Loader}. */
@FunctionalInterface
public interface BulkLoader<K, V> {
  /**
   * Reads values.
   *
   * @param keys at least one, unmodifiable
   * @return the values by key; a key that is missing has none, other keys are ignored
   * @throws Exception if they cannot be read; nothing is cached then
   */
  Map<K, V> loadAll(Set<K> keys) throws Exception;
}
