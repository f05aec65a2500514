// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import io.scalingtoolkit.sharding.hash.KeyHash;
import io.scalingtoolkit.sharding.hash.ShardKey;
import java.util.List;
import java.util.UUID;

/**
 * How a key falls into a slot. A slot once found stays: neither shards nor weights matter.
 *
 * <p>Immutable.
 */
public sealed interface SlotStrategy permits HashSlots, RangeSlots {
  /**
   * By the {@linkplain KeyHash hash} of the key: even, and right for almost everything.
   *
   * @param slots a power of two, 1 to 65,536; more than 100 for each shard there will ever be
   * @throws IllegalArgumentException for another number
   */
  static SlotStrategy hash(int slots) {
    return HashSlots.of(slots);
  }

  /**
   * By where a text key stands in the order of its first letters, one slot a range: keys that are
   * read together stay together, at the price of ranges that fill unevenly.
   *
   * @param from where the second range and the ones after it begin, ascending; {@code List.of("N")}
   *     makes A–M slot 0 and N–Z slot 1. Keys are compared without case, by code point
   * @throws IllegalArgumentException if there is none, or they are not ascending
   */
  static SlotStrategy ranges(List<String> from) {
    return new RangeSlots(from);
  }

  /** How many slots there are. */
  int slots();

  /**
   * The slot of a key.
   *
   * @throws IllegalArgumentException if this strategy does not take keys of that type
   */
  int slotOf(ShardKey key);

  /** The slot of an integer key; as {@link #slotOf(ShardKey)}. */
  int slotOf(long key);

  /** The slot of a text key; as {@link #slotOf(ShardKey)}. */
  int slotOf(String key);

  /** The slot of a UUID; as {@link #slotOf(ShardKey)}. */
  int slotOf(UUID key);
}
