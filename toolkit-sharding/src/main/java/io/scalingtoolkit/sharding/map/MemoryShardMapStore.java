// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import java.util.concurrent.atomic.AtomicReference;

/** A reference that is swapped. */
final class MemoryShardMapStore implements ShardMapStore {
  private final AtomicReference<ShardMap> current;

  MemoryShardMapStore(ShardMap first) {
    current = new AtomicReference<>(first);
  }

  @Override
  public ShardMap load() {
    return current.get();
  }

  @Override
  public boolean create(ShardMap first) {
    return false;
  }

  @Override
  public boolean replace(ShardMap next) {
    ShardMap before = current.get();
    return before.version() == next.version() - 1 && current.compareAndSet(before, next);
  }
}
