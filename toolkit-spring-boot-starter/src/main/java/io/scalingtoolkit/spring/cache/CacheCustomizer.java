// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.TieredCacheBuilder;

/**
 * Changes how caches are built, after the properties: tags, a weigher, an executor. A bean of the
 * application; all there are are called, in their order.
 */
@FunctionalInterface
public interface CacheCustomizer {
  /**
   * Changes how a cache is built.
   *
   * @param name of the cache
   * @param builder has all that the properties say
   */
  void customize(String name, TieredCacheBuilder<Object, Object> builder);
}
