// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import io.scalingtoolkit.sharding.map.SlotSet;
import java.util.ArrayList;
import java.util.List;

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
    List<int[]> runs = runs();
    int shortest = shortestRange(runs);
    int ranges = 0;
    StringBuilder text = new StringBuilder("(");
    StringBuilder single = new StringBuilder();
    for (int[] run : runs) {
      if (run[1] - run[0] + 1 >= shortest && ranges < MOST_RANGES) {
        text.append(ranges == 0 ? "" : " or ").append(column);
        text.append(" between ").append(run[0]).append(" and ").append(run[1]);
        ranges++;
      } else {
        for (int slot = run[0]; slot <= run[1]; slot++) {
          single.append(single.isEmpty() ? "" : ",").append(slot);
        }
      }
    }
    if (!single.isEmpty()) {
      text.append(ranges == 0 ? "" : " or ").append(column).append(" in (").append(single);
      text.append(')');
    }
    return text.append(')').toString();
  }

  /** First and last of slots that follow each other. */
  private List<int[]> runs() {
    List<int[]> runs = new ArrayList<>();
    int[] all = slots.toArray();
    for (int i = 0; i < all.length; ) {
      int end = i;
      while (end + 1 < all.length && all[end + 1] == all[end] + 1) {
        end++;
      }
      runs.add(new int[] {all[i], all[end]});
      i = end + 1;
    }
    return runs;
  }

  /** How long a run must be to become a range, so that there are not too many by far. */
  private static int shortestRange(List<int[]> runs) {
    int[] lengths =
        runs.stream()
            .mapToInt(run -> run[1] - run[0] + 1)
            .filter(length -> length >= SHORTEST_RANGE)
            .sorted()
            .toArray();
    return lengths.length <= MOST_RANGES ? SHORTEST_RANGE : lengths[lengths.length - MOST_RANGES];
  }
}
