// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SlotPlannerTest {
  private static ShardMap apply(ShardMap map, List<SlotPlanner.Transfer> transfers) {
    ShardMap after = map;
    for (SlotPlanner.Transfer transfer : transfers) {
      for (int slot : transfer.slots()) {
        assertThat(after.shardOf(slot)).isEqualTo(transfer.from());
      }
      after = after.assign(transfer.slots(), transfer.to());
    }
    return after;
  }

  private static int moved(List<SlotPlanner.Transfer> transfers) {
    return transfers.stream().mapToInt(transfer -> transfer.slots().size()).sum();
  }

  /**
   * No plan can do with less: a shard that has more than its share rounded up must give the rest
   * away, and one that has less than its share rounded down must get the rest. Where neither
   * decides, those rounded up cannot be more than the shares leave over.
   */
  private static int minimum(ShardMap map, List<Shard> shards) {
    double weights = shards.stream().mapToDouble(Shard::weight).sum();
    int free = map.strategy().slots();
    int floors = 0;
    int kept = 0;
    int canKeepOneMore = 0;
    for (Shard shard : shards) {
      double share = free * shard.weight() / weights;
      int floor = (int) Math.floor(share);
      int have = map.slotsOf(shard.name()).size();
      floors += floor;
      kept += Math.min(have, floor);
      canKeepOneMore += have > floor && share > floor ? 1 : 0;
    }
    return free - kept - Math.min(canKeepOneMore, free - floors);
  }

  @Test
  void rebalance_randomSteps_movesTheMinimum() {
    Random random = new Random(7);
    ShardMap map = ShardMap.of(SlotStrategy.hash(1_024), List.of(Shard.of("s0")));
    int names = 1;
    for (int step = 0; step < 10_000; step++) {
      List<SlotPlanner.Transfer> transfers;
      int kind = random.nextInt(3);
      if (kind == 0 && map.shards().size() < 20) {
        map = map.withShard(new Shard("s" + names++, 1 + random.nextInt(4)));
        transfers = SlotPlanner.rebalance(map);
        assertThat(moved(transfers)).isEqualTo(minimum(map, map.shards()));
      } else if (kind == 1 && map.shards().size() > 1) {
        String gone = map.shards().get(random.nextInt(map.shards().size())).name();
        List<Shard> left =
            map.shards().stream().filter(shard -> !shard.name().equals(gone)).toList();
        transfers = SlotPlanner.drain(map, gone);
        assertThat(moved(transfers)).isEqualTo(minimum(map, left));
        map = apply(map, transfers).withoutShard(gone);
        continue;
      } else {
        String changed = map.shards().get(random.nextInt(map.shards().size())).name();
        map = map.withWeight(changed, 0.5 + random.nextInt(8) / 2.0);
        transfers = SlotPlanner.rebalance(map);
        assertThat(moved(transfers)).isEqualTo(minimum(map, map.shards()));
      }
      map = apply(map, transfers);
      assertThat(SlotPlanner.rebalance(map)).isEmpty();
    }
  }

  @Test
  void of_weights_givesShares() {
    ShardMap map =
        ShardMap.of(
            SlotStrategy.hash(4_096),
            List.of(new Shard("a", 1), new Shard("b", 2), new Shard("c", 4)));

    assertThat((double) map.slotsOf("a").size()).isCloseTo(4_096 / 7.0, within(1.0));
    assertThat((double) map.slotsOf("b").size()).isCloseTo(4_096 * 2 / 7.0, within(1.0));
    assertThat((double) map.slotsOf("c").size()).isCloseTo(4_096 * 4 / 7.0, within(1.0));
  }

  /** Shares of 4, 3.33 and 0.67: the one that has too many must not keep a fifth. */
  @Test
  void rebalance_shareThatIsWhole_isNotRoundedUp() {
    ShardMap map =
        ShardMap.of(SlotStrategy.hash(8), List.of(new Shard("a", 6)))
            .withShard(new Shard("b", 5))
            .withShard(new Shard("c", 1));

    ShardMap after = apply(map, SlotPlanner.rebalance(map));

    assertThat(after.slotsOf("a").size()).isEqualTo(4);
    assertThat(after.slotsOf("b").size()).isEqualTo(3);
    assertThat(after.slotsOf("c").size()).isEqualTo(1);
  }

  @Test
  void of_moreShardsThanSlots_leavesSomeEmpty() {
    ShardMap map =
        ShardMap.of(SlotStrategy.hash(2), List.of(Shard.of("a"), Shard.of("b"), Shard.of("c")));

    List<Integer> sizes = new ArrayList<>();
    map.shards().forEach(shard -> sizes.add(map.slotsOf(shard.name()).size()));
    assertThat(sizes).containsExactlyInAnyOrder(1, 1, 0);
  }

  @Test
  void rebalance_pinnedKey_staysWhereItIs() {
    ShardMap map =
        ShardMap.of(SlotStrategy.hash(8), List.of(Shard.of("a"), Shard.of("b")))
            .pin(ShardKey.of("big"), "a")
            .withShard(Shard.of("c"));

    List<SlotPlanner.Transfer> transfers = SlotPlanner.rebalance(map);

    assertThat(transfers).allMatch(transfer -> !transfer.slots().contains(8));
    assertThat(apply(map, transfers).shardOf(map.slotOf("big"))).isEqualTo("a");
  }

  @Test
  void drain_lastShard_isRefused() {
    ShardMap map = ShardMap.of("a");

    assertThatThrownBy(() -> SlotPlanner.drain(map, "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another one");
  }
}
