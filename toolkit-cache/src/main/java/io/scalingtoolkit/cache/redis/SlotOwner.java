// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Line;
import org.jspecify.annotations.Nullable;

/** Who has a slot, until somebody else has it; thread-safe. */
final class SlotOwner {
  final ClusterNodes.Node node;
  private final long trustedNanos;

  /** As the cluster counts its changes; the higher one is right. */
  volatile long epoch;

  /** Whether somebody else has it by now. */
  volatile boolean moved;

  private volatile @Nullable SlotLine line;

  /**
   * @param trustedNanos from when on what is read there can be trusted
   */
  SlotOwner(ClusterNodes.Node node, long epoch, long trustedNanos) {
    this.node = node;
    this.epoch = epoch;
    this.trustedNanos = trustedNanos;
  }

  /** Returns what tells of changes in the slot, the same one for the same connection. */
  Line line(RedisLink link) {
    SlotLine last = line;
    if (last != null && last.link == link) {
      return last;
    }
    return newLine(link);
  }

  private synchronized Line newLine(RedisLink link) {
    SlotLine last = line;
    if (last != null && last.link == link) {
      return last;
    }
    SlotLine made = new SlotLine(link);
    line = made;
    return made;
  }

  /** Good as long as the connection is and the slot has not moved; immutable. */
  private final class SlotLine implements Line {
    final RedisLink link;

    SlotLine(RedisLink link) {
      this.link = link;
    }

    @Override
    public boolean isGood(long nowNanos) {
      return !moved && nowNanos - trustedNanos >= 0 && link.isGood(nowNanos);
    }
  }
}
