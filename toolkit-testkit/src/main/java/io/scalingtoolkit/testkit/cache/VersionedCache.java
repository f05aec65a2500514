// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

/** A cache that is checked, as one process has it. Implementations are thread-safe. */
public interface VersionedCache extends AutoCloseable {
  /**
   * Returns the version of a key, from the cache or through {@link VersionSource#load}.
   *
   * @param key from 0
   * @throws Exception if the cache gives none, which is counted
   */
  long get(int key) throws Exception;

  /**
   * Forgets a key for all processes, after its version was raised.
   *
   * @param key from 0
   * @throws Exception if that failed, which is counted, and then nothing is concluded from it
   */
  void invalidate(int key) throws Exception;

  /** Returns how many answers came from the memory of this process; 0 if that is not known. */
  default long hits() {
    return 0;
  }

  /** Lets its connections go. */
  @Override
  void close();
}
