// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import org.jspecify.annotations.Nullable;

/**
 * What a cache has for a key, and if it has nothing the way to give it what was then loaded, for
 * those who cannot load within a {@link Loader}. Thread-safe.
 *
 * <p>Unlike loads, lookups are not shared: all who find nothing load. The value has to be read from
 * its source after the lookup.
 *
 * @param <V> values
 */
public interface Lookup<V> {
  /** Tells whether the cache knows the value, or that there is none. */
  boolean isPresent();

  /** Returns the value; null if there is none or it is not known. */
  @Nullable V value();

  /**
   * Keeps what was loaded since the lookup, unless the key was invalidated meanwhile.
   *
   * @param value null for the knowledge that there is none
   * @return whether nothing spoke against it; false without effect if it was present
   */
  boolean fill(@Nullable V value);
}
