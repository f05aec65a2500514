// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotPlanner.Transfer;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Moved slots beside the fewest there could be, over random steps: a shard more, a shard less,
 * another weight. Confined.
 *
 * <p>The fewest is computed apart from the planner and in whole numbers. A shard must end with its
 * share rounded down or up. To round all down makes each give what it has above that; of those that
 * have more, each that is rounded up instead gives one less, and as many are as slots are left.
 */
public final class MovedSlots {
  private static final int MOST_SHARDS = 64;
  private static final int MOST_WEIGHT = 8;

  private final SplittableRandom random;
  private ShardMap map = ShardMap.of("shard-0", "shard-1");
  private int named = 2;
  private long moved;
  private long fewest;

  /** Begins with two shards of weight 1. */
  public MovedSlots(long seed) {
    random = new SplittableRandom(seed);
  }

  /**
   * Takes so many steps.
   *
   * @return moved slots, in times of the fewest
   * @throws IllegalStateException if a shard does not end with its share
   */
  public double run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
    }
    return (double) moved / fewest;
  }

  private void step() {
    int count = map.shards().size();
    int kind = random.nextInt(3);
    String any = map.shards().get(random.nextInt(count)).name();
    if (kind == 0 && count < MOST_SHARDS) {
      map = map.withShard(new Shard("shard-" + named++, weight()));
      rebalance(SlotPlanner.rebalance(map), map.shards());
    } else if (kind == 1 && count > 1) {
      List<Shard> rest = map.shards().stream().filter(each -> !each.name().equals(any)).toList();
      rebalance(SlotPlanner.drain(map, any), rest);
      map = map.withoutShard(any);
    } else {
      map = map.withWeight(any, weight());
      rebalance(SlotPlanner.rebalance(map), map.shards());
    }
  }

  private double weight() {
    return 1 + random.nextInt(MOST_WEIGHT);
  }

  private void rebalance(List<Transfer> transfers, List<Shard> takers) {
    fewest += fewest(takers);
    for (Transfer transfer : transfers) {
      moved += transfer.slots().size();
      map = map.assign(transfer.slots(), transfer.to());
    }
    for (Shard shard : takers) {
      int has = map.slotsOf(shard.name()).size();
      if (has != roundedDown(shard, takers) && has != roundedUp(shard, takers)) {
        throw new IllegalStateException(shard + " has " + has + " slots of " + takers);
      }
    }
  }

  private long fewest(List<Shard> takers) {
    long left = map.slots();
    long stay = 0;
    long couldKeepOneMore = 0;
    for (Shard shard : takers) {
      long has = map.slotsOf(shard.name()).size();
      long down = roundedDown(shard, takers);
      left -= down;
      stay += Math.min(has, down);
      if (has > down && roundedUp(shard, takers) > down) {
        couldKeepOneMore++;
      }
    }
    return map.slots() - stay - Math.min(left, couldKeepOneMore);
  }

  private long roundedDown(Shard shard, List<Shard> takers) {
    return map.slots() * (long) shard.weight() / allWeights(takers);
  }

  private long roundedUp(Shard shard, List<Shard> takers) {
    long all = allWeights(takers);
    return (map.slots() * (long) shard.weight() + all - 1) / all;
  }

  private static long allWeights(List<Shard> takers) {
    return takers.stream().mapToLong(shard -> (long) shard.weight()).sum();
  }
}
