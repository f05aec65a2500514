// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

/** A map in memory; its own lock guards it. */
final class MemoryShardMapStore implements ShardMapStore {
  private ShardMap current;

  MemoryShardMapStore(ShardMap first) {
    current = first;
  }

  @Override
  public synchronized ShardMap load() {
    return current;
  }

  @Override
  public boolean create(ShardMap first) {
    return false;
  }

  @Override
  public synchronized boolean replace(ShardMap next) {
    if (current.version() != next.version() - 1) {
      return false;
    }
    current = next;
    return true;
  }
}
