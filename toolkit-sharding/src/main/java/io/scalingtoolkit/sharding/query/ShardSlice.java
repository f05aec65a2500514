// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import io.scalingtoolkit.sharding.map.SlotSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The slots of one shard, by one version of the map. A shard also holds rows of other slots while
 * those move, which must not be counted there.
 *
 * <p>Immutable.
 *
 * @param shard the name of the shard
 * @param slots the slots that are read there
 * @param slotColumn the column with the slot, where a query does not name it
 * @param mapVersion the version of the map that says so
 */
public record ShardSlice(String shard, SlotSet slots, String slotColumn, long mapVersion) {
  /** SQLite allows expressions of depth 1,000, and a chain of "or" is as deep as it is long. */
  private static final int MOST_RANGES = 64;

  private static final int SHORTEST_RANGE = 3;

  /**
   * The query with each <code>{slots}</code> or <code>{slots:alias.column}</code> replaced by the
   * condition that picks the rows of this slice.
   *
   * @throws IllegalArgumentException if there is no such placeholder, or one within quotes or a
   *     comment
   */
  public String sql(String template) {
    SqlTemplate sql = SqlTemplate.parse(template);
    sql.requireSlots(false);
    return sql.text(this, -1, "");
  }

  /**
   * A condition in parentheses that holds for the rows of this slice.
   *
   * @param column the column with the slot, qualified where needed; goes into the SQL as it is
   */
  public String condition(String column) {
    if (slots.isEmpty()) {
      return "(1 = 0)";
    }
    List<int[]> ranges = longestRanges();
    Set<Integer> covered = new HashSet<>();
    List<String> terms = new ArrayList<>();
    for (int[] range : ranges) {
      terms.add(column + " between " + range[0] + " and " + range[1]);
      for (int slot = range[0]; slot <= range[1]; slot++) {
        covered.add(slot);
      }
    }
    StringBuilder single = new StringBuilder();
    for (int slot : slots) {
      if (!covered.contains(slot)) {
        single.append(single.isEmpty() ? "" : ",").append(slot);
      }
    }
    if (!single.isEmpty()) {
      terms.add(column + " in (" + single + ")");
    }
    return "(" + String.join(" or ", terms) + ")";
  }

  private List<int[]> longestRanges() {
    int[] all = slots.toArray();
    List<int[]> ranges = new ArrayList<>();
    for (int i = 0; i < all.length; ) {
      int end = i;
      while (end + 1 < all.length && all[end + 1] == all[end] + 1) {
        end++;
      }
      if (end - i + 1 >= SHORTEST_RANGE) {
        ranges.add(new int[] {all[i], all[end]});
      }
      i = end + 1;
    }
    if (ranges.size() > MOST_RANGES) {
      ranges.sort(Comparator.comparingInt((int[] range) -> range[0] - range[1]));
      ranges.subList(MOST_RANGES, ranges.size()).clear();
      ranges.sort(Comparator.comparingInt(range -> range[0]));
    }
    return ranges;
  }
}
