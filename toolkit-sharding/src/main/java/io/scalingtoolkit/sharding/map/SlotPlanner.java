// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Says which slots have to move so that each shard has its share, and moves no slot more.
 *
 * <p>The share of a shard is its part of the weights, rounded up or down to whole slots. Of all
 * ways to round, the planner takes one that moves fewest. Slots of pinned keys stay where they are
 * and count for nobody's share.
 *
 * <p>Stateless; all methods are functions of their arguments.
 */
public final class SlotPlanner {
  private SlotPlanner() {}

  /**
   * Slots that move together from one shard to another.
   *
   * @param slots at least one
   * @param from the shard that has them
   * @param to the shard that gets them; another one
   */
  public record Transfer(SlotSet slots, String from, String to) {}

  /** What has to move so that all shards of the map have their share; empty if all have. */
  public static List<Transfer> rebalance(ShardMap map) {
    return transfers(map, map.shards());
  }

  /**
   * What has to move so that a shard has no slot of the strategy left; the others get them by their
   * weights. Slots of keys that are pinned to the shard are not moved.
   *
   * @throws IllegalArgumentException if there is no such shard, or no other
   */
  public static List<Transfer> drain(ShardMap map, String shard) {
    if (!map.hasShard(shard) || map.shards().size() == 1) {
      throw new IllegalArgumentException(
          "the map must have shard \"" + shard + "\" and another one, has " + map.shards());
    }
    return transfers(
        map, map.shards().stream().filter(each -> !each.name().equals(shard)).toList());
  }

  private static List<Transfer> transfers(ShardMap map, List<Shard> takers) {
    int free = map.strategy().slots();
    List<String> names = map.shards().stream().map(Shard::name).toList();
    int[] before = Arrays.copyOf(map.assignment(), free);
    int[] held = new int[free];
    for (int slot = 0; slot < free; slot++) {
      held[slot] = indexIn(takers, names.get(before[slot]));
    }
    int[] after = spread(held, takers);
    Map<List<String>, SlotSet.Builder> moves = new TreeMap<>(Comparator.comparing(List::toString));
    for (int slot = 0; slot < free; slot++) {
      String from = names.get(before[slot]);
      String to = takers.get(after[slot]).name();
      if (!from.equals(to)) {
        moves.computeIfAbsent(List.of(from, to), ignored -> SlotSet.builder()).add(slot);
      }
    }
    List<Transfer> transfers = new ArrayList<>();
    moves.forEach(
        (pair, slots) -> transfers.add(new Transfer(slots.build(), pair.get(0), pair.get(1))));
    return transfers;
  }

  private static int indexIn(List<Shard> shards, String name) {
    for (int i = 0; i < shards.size(); i++) {
      if (shards.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Gives each shard its share.
   *
   * @param held element {@code s} is the position of the shard that has slot {@code s}, or -1
   * @return the same with shares met: no slot changes its shard that did not have to
   */
  static int[] spread(int[] held, List<Shard> shards) {
    int[] have = new int[shards.size()];
    for (int shard : held) {
      if (shard >= 0) {
        have[shard]++;
      }
    }
    int[] quota = quotas(held.length, have, shards);
    int[] after = held.clone();
    int[] kept = new int[shards.size()];
    List<Integer> loose = new ArrayList<>();
    for (int slot = 0; slot < held.length; slot++) {
      int shard = held[slot];
      if (shard >= 0 && kept[shard] < quota[shard]) {
        kept[shard]++;
      } else {
        loose.add(slot);
      }
    }
    int taker = 0;
    for (int slot : loose) {
      while (kept[taker] == quota[taker]) {
        taker++;
      }
      after[slot] = taker;
      kept[taker]++;
    }
    return after;
  }

  /**
   * Whole slots a shard: its exact share rounded down, and one more for as many shards as it takes.
   * Those that have more than the lower figure already get it first, which saves a move each; then
   * those that lose most by rounding down.
   */
  private static int[] quotas(int slots, int[] have, List<Shard> shards) {
    double weights = shards.stream().mapToDouble(Shard::weight).sum();
    double[] lost = new double[have.length];
    int[] quota = new int[have.length];
    int left = slots;
    for (int i = 0; i < have.length; i++) {
      double exact = slots * shards.get(i).weight() / weights;
      quota[i] = (int) Math.floor(exact);
      lost[i] = exact - quota[i];
      left -= quota[i];
    }
    int[] order =
        IntStream.range(0, have.length)
            .boxed()
            .sorted(
                // A share that is whole is not rounded at all.
                Comparator.<Integer, Boolean>comparing(i -> lost[i] == 0)
                    .thenComparing(i -> have[i] <= quota[i])
                    .thenComparing(i -> -lost[i])
                    .thenComparing(i -> i))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int i = 0; left > 0; i = (i + 1) % order.length, left--) {
      quota[order[i]]++;
    }
    return quota;
  }
}
