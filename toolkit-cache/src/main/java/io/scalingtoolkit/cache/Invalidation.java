// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

/** What a cache was told to forget, or to replace; immutable. */
public sealed interface Invalidation<K> {
  /** The value of a key. */
  record Key<K>(K key) implements Invalidation<K> {}

  /** All values with a tag. */
  record Tag<K>(String tag) implements Invalidation<K> {}

  /** All values. */
  record All<K>() implements Invalidation<K> {}
}
