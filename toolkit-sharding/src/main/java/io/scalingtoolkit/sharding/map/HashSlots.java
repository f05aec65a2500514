// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import io.scalingtoolkit.sharding.hash.KeyHash;
import io.scalingtoolkit.sharding.hash.ShardKey;
import java.util.UUID;

/**
 * The first bits of the hash.
 *
 * @param shift of the hash without its last bit, so that a single slot, a shift by 63, needs no
 *     case of its own
 */
record HashSlots(int slots, int shift) implements SlotStrategy {
  static HashSlots of(int slots) {
    if (slots < 1 || slots > ShardMap.MAX_SLOTS || Integer.bitCount(slots) != 1) {
      throw new IllegalArgumentException(
          "slots must be a power of two, 1 to " + ShardMap.MAX_SLOTS + ", was " + slots);
    }
    return new HashSlots(slots, Integer.numberOfLeadingZeros(slots) + 32);
  }

  @Override
  public int slotOf(ShardKey key) {
    return slot(key.hash());
  }

  @Override
  public int slotOf(long key) {
    return slot(KeyHash.of(key));
  }

  @Override
  public int slotOf(String key) {
    return slot(KeyHash.of(key));
  }

  @Override
  public int slotOf(UUID key) {
    return slot(KeyHash.of(key));
  }

  private int slot(long hash) {
    return (int) ((hash >>> 1) >>> shift);
  }
}
