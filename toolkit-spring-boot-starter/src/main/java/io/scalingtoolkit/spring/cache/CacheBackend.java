// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.TieredCacheBuilder;
import java.time.Duration;

/** The Redis of the caches that are shared; thread-safe. */
interface CacheBackend {
  /**
   * Adds the tier in Redis to a cache.
   *
   * @param property names the cache in messages
   * @param valueType name of the class of its values
   * @param timeToLive how long entries are there
   */
  void share(
      TieredCacheBuilder<Object, Object> builder,
      String property,
      String valueType,
      Duration timeToLive);

  /** Tells whether Redis is asked; false in an outage. */
  boolean isConnected();

  /** How long an eviction by another process can stay unknown here. */
  Duration bound();
}
