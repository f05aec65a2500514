// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

/**
 * Keeps what is about to change out of a cache, from before the commit until that is known to have
 * happened or not; see {@link TieredCache#announce}. Thread-safe.
 */
public interface InvalidationIntent extends AutoCloseable {
  /**
   * Tells whether all processes heed it. If not, the shared tier gave no answer, and only this
   * process does: then the others rely on {@link #confirm} alone.
   */
  boolean isShared();

  /** The change has been committed: invalidates the keys. Later calls of any method do nothing. */
  void confirm();

  /** The change was rolled back: the keys can be cached again, as far as others let them. */
  void cancel();

  /** As {@link #cancel}, if neither was called before. */
  @Override
  default void close() {
    cancel();
  }
}
