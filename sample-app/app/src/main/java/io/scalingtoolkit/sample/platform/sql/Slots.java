// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.ShardMap;

/**
 * Which slot the rows of a user are in. The same in every phase, so that each row can carry its
 * slot long before there are shards.
 */
public final class Slots {

  private static final ShardMap ANY = ShardMap.of("any");

  private Slots() {}

  /**
   * Returns the slot of a key.
   *
   * @param key id of a user, or what else the rows are found by
   * @return 0 to 4,095
   */
  public static int of(String key) {
    return ANY.slotOf(ShardKey.of(key));
  }
}
