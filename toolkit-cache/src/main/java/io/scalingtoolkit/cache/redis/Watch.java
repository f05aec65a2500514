// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Line;
import java.util.List;

/**
 * What tells of changes to an entry: good as long as all of it is; immutable.
 *
 * @param line of the entry itself
 * @param home of the end of all entries of the cache
 */
record Watch(Line line, Line home, List<RedisTags.Copy> tags) implements Line {
  @Override
  public boolean isGood(long nowNanos) {
    for (RedisTags.Copy tag : tags) {
      if (!tag.isGood(nowNanos)) {
        return false;
      }
    }
    return line.isGood(nowNanos) && home.isGood(nowNanos);
  }

  /** Tells whether versions of the same tags, in the same order, are the same. */
  boolean isSame(List<RedisTags.Copy> others) {
    for (int i = 0; i < tags.size(); i++) {
      if (tags.get(i).version != others.get(i).version) {
        return false;
      }
    }
    return true;
  }
}
