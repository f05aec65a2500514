// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShardMapTest {
  private static final ShardMap TWO = ShardMap.of("s1", "s2");

  @Test
  void slotOf_primitiveAndKey_areTheSame() {
    UUID uuid = UUID.fromString("0190a5d4-0000-7000-8000-00000000002a");

    assertThat(TWO.slotOf(42L)).isEqualTo(TWO.slotOf(ShardKey.of(42L)));
    assertThat(TWO.slotOf("a text")).isEqualTo(TWO.slotOf(ShardKey.of("a text")));
    assertThat(TWO.slotOf(uuid)).isEqualTo(TWO.slotOf(ShardKey.of(uuid)));
  }

  /** What rows carry: if these change, rows are lost. */
  @Test
  void slotOf_knownKeys_isForever() {
    assertThat(List.of(TWO.slotOf(0L), TWO.slotOf(1L), TWO.slotOf(-1L), TWO.slotOf(42L)))
        .isEqualTo(GOLDEN_INTEGERS);
    assertThat(List.of(TWO.slotOf(""), TWO.slotOf("ada@example.org"), TWO.slotOf("é")))
        .isEqualTo(GOLDEN_TEXTS);
  }

  private static final List<Integer> GOLDEN_INTEGERS = List.of(787, 2436, 1338, 1131);
  private static final List<Integer> GOLDEN_TEXTS = List.of(3231, 3734, 2153);

  @Property(tries = 200)
  void slotOf_anyKey_isBelowSlots(@ForAll long key, @ForAll @IntRange(max = 16) int bits) {
    ShardMap map = ShardMap.of(SlotStrategy.hash(1 << bits), List.of(Shard.of("a")));

    assertThat(map.slotOf(key)).isBetween(0, (1 << bits) - 1);
  }

  @Test
  void read_whatWasWritten_isTheSame() {
    ShardMap map =
        TWO.withShard(new Shard("s3", 2.5))
            .assign(SlotSet.of(1, 2, 3, 77), "s3")
            .pin(ShardKey.of("a tenant\n with a line"), "s2")
            .pin(ShardKey.of(7), "s1");

    assertThat(MapText.read(map.version(), MapText.write(map))).isEqualTo(map);
    assertThat(map.version()).isEqualTo(5);
  }

  @Test
  void read_ranges_isTheSame() {
    ShardMap map = ShardMap.of(SlotStrategy.ranges(List.of("G", "N Ä")), List.of(Shard.of("a")));

    assertThat(MapText.read(1, MapText.write(map))).isEqualTo(map);
  }

  @Test
  void read_otherHash_isRefused() {
    String text = MapText.write(TWO).replace("xxh3-64/1", "murmur3/1");

    assertThatThrownBy(() -> MapText.read(1, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasStackTraceContaining("hash must be xxh3-64/1");
  }

  @Test
  void read_slotMissingOrTwice_isRefused() {
    String text = MapText.write(ShardMap.of(SlotStrategy.hash(4), TWO.shards()));

    assertThatThrownBy(() -> MapText.read(1, text.replace("slots s1 0-1", "slots s1 0")))
        .hasMessageContaining("slot 1 has no shard");
    assertThatThrownBy(() -> MapText.read(1, text.replace("slots s1 0-1", "slots s1 0-2")))
        .hasMessageContaining("another shard's too");
    assertThatThrownBy(() -> MapText.read(1, text.replace("slots s1", "slots s9")))
        .hasMessageContaining("has no shard");
  }

  @Test
  void ranges_firstLetters_decide() {
    ShardMap map =
        ShardMap.of(SlotStrategy.ranges(List.of("N")), List.of(Shard.of("a"), Shard.of("b")));

    assertThat(List.of(map.slotOf("Ada"), map.slotOf("mary"), map.slotOf("MZZ"))).containsOnly(0);
    assertThat(List.of(map.slotOf("n"), map.slotOf("Zoë"), map.slotOf("ä"))).containsOnly(1);
    assertThatThrownBy(() -> map.slotOf(3L)).hasMessageContaining("text keys");
  }

  @Test
  void strategy_badSettings_areRefused() {
    for (int slots : new int[] {0, -4, 3, 100, 131_072}) {
      assertThatThrownBy(() -> SlotStrategy.hash(slots))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("power of two")
          .hasMessageContaining(Integer.toString(slots));
    }
    assertThatThrownBy(() -> SlotStrategy.ranges(List.of("N", "C")))
        .hasMessageContaining("ascending");
    assertThatThrownBy(() -> SlotStrategy.ranges(List.of())).hasMessageContaining("1 to");
  }

  @Test
  void shard_badNameOrWeight_isRefused() {
    for (double weight : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new Shard("a", weight)).hasMessageContaining("weight of shard");
    }
    for (String name : List.of("", "a b", "-a", "ä", "x".repeat(64))) {
      assertThatThrownBy(() -> Shard.of(name)).hasMessageContaining("shard name must be");
    }
    assertThatThrownBy(() -> ShardMap.of("a", "a")).hasMessageContaining("named twice");
    assertThatThrownBy(ShardMap::of).hasMessageContaining("1 to");
  }

  @Test
  void withoutShard_thatHasSlots_isRefused() {
    assertThatThrownBy(() -> TWO.withoutShard("s1")).hasMessageContaining("still has 2048 slots");

    ShardMap drained = TWO.assign(TWO.slotsOf("s1"), "s2").withoutShard("s1");
    assertThat(drained.slotsOf("s2").size()).isEqualTo(4_096);
  }

  @Test
  void slotSet_text_isRead() {
    assertThat(SlotSet.of(5, 1, 2, 3, 9)).hasToString("1-3,5,9");
    assertThat(SlotSet.parse("1-3,5,9")).isEqualTo(SlotSet.of(1, 2, 3, 5, 9));
    assertThat(SlotSet.parse("")).isEqualTo(SlotSet.of());
    assertThat(SlotSet.range(0, 9).split(4))
        .map(SlotSet::toString)
        .containsExactly("0-3", "4-7", "8-9");
    for (String text : List.of("a", "3-1", "1-99999", "1,,2", "-1")) {
      assertThatThrownBy(() -> SlotSet.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
