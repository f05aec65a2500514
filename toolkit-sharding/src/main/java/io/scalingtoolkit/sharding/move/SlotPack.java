// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.map.SlotSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Slots whose rows of a table are read together: a query, or a transaction, for each of thousands
 * of slots with a few rows would take minutes.
 *
 * @param slots next to each other among those that have rows
 * @param rows how many they have between them
 */
record SlotPack(SlotSet slots, long rows) {
  /**
   * Packs slots in their order.
   *
   * @param counts rows of each
   * @param most rows in a pack of more than one slot
   */
  static List<SlotPack> of(SortedMap<Integer, Long> counts, long most) {
    List<SlotPack> packs = new ArrayList<>();
    List<Integer> slots = new ArrayList<>();
    long rows = 0;
    for (Map.Entry<Integer, Long> slot : counts.entrySet()) {
      if (!slots.isEmpty() && rows + slot.getValue() > most) {
        packs.add(pack(slots, rows));
        slots.clear();
        rows = 0;
      }
      slots.add(slot.getKey());
      rows += slot.getValue();
    }
    if (!slots.isEmpty()) {
      packs.add(pack(slots, rows));
    }
    return packs;
  }

  /** The last of the slots. */
  int last() {
    int[] all = slots.toArray();
    return all[all.length - 1];
  }

  private static SlotPack pack(List<Integer> slots, long rows) {
    return new SlotPack(SlotSet.of(slots.stream().mapToInt(Integer::intValue).toArray()), rows);
  }
}
