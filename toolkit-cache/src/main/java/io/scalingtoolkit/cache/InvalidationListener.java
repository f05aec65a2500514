// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

/** Told of what a cache has forgotten, so that caches further out can forget it too. */
@FunctionalInterface
public interface InvalidationListener<K> {
  /**
   * Called once for each call of {@code invalidate}, {@code invalidateAll}, {@code invalidateTag}
   * and {@code put}, when the shared tier, if there is one, has taken it. That is mostly in the
   * thread that called, before the call returns; later and in a thread of the cache if the tier
   * does not answer in time. Of more than 10,000 keys that wait for the tier it is told as all.
   *
   * <p>Must be short and thread-safe; what it throws is logged.
   */
  void invalidated(Invalidation<K> what);
}
