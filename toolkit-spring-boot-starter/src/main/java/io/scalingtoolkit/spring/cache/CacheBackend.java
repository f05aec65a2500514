// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.TieredCacheBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** The Redis of the caches that are shared; thread-safe. */
interface CacheBackend {
  /**
   * Adds the tier in Redis to a cache.
   *
   * @param property names the cache in messages
   * @param valueType name of the class of its values
   * @param timeToLive how long entries are there
   * @param compressFrom from how many bytes on values are compressed, null for never
   * @throws io.scalingtoolkit.spring.InvalidPropertyException if one of them breaks a rule
   */
  void share(
      TieredCacheBuilder<Object, Object> builder,
      String property,
      String valueType,
      Duration timeToLive,
      @Nullable DataSize compressFrom);

  /** Tells whether Redis is asked; false in an outage. */
  boolean isConnected();

  /** How long an eviction by another process can stay unknown here. */
  Duration bound();
}
