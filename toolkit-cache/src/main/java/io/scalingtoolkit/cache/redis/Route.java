// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Line;

/**
 * How a key is asked for; immutable.
 *
 * @param line what tells of changes to what is read that way
 */
record Route(RedisLink link, Line line) {
  /** Returns the way over a connection, with what it takes if that does not tell of changes. */
  static Route over(RedisLink link, Line line) {
    return new Route(link, link.isTracking() ? line : link.fromNowOn(line));
  }
}
