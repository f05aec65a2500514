// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

/**
 * What stands behind the cache that is checked: a counter for each key, which only grows and which
 * all processes see at once. Thread-safe.
 */
@FunctionalInterface
public interface VersionSource {
  /**
   * Returns the version of a key, as a loader does. Some time passes between the reading and the
   * return, and now and then so much that the process is stopped meanwhile.
   *
   * @param key from 0
   */
  long load(int key);
}
