// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which shard has which slot, at one version.
 *
 * <p>A key falls into a slot for good; slots are what moves between shards. Each change of the
 * assignment makes a map with the next version. Slots 0 to {@code strategy.slots() - 1} are found
 * by the {@link SlotStrategy}; the slots after them belong to keys that were {@linkplain
 * #pin(ShardKey, String) pinned}, one each.
 *
 * <p>Immutable. Lookups do not block and do not allocate.
 */
public final class ShardMap {
  /** The most slots that a map may have, pinned ones included: {@value}. */
  public static final int MAX_SLOTS = 65_536;

  /** The slots of a map unless told otherwise: {@value}. */
  public static final int DEFAULT_SLOTS = 4_096;

  private static final int MAX_SHARDS = 4_096;

  private final long version;
  private final SlotStrategy strategy;
  private final List<Shard> shards;
  private final int[] shardOfSlot;
  private final Map<ShardKey, Integer> pins;

  private ShardMap(
      long version,
      SlotStrategy strategy,
      List<Shard> shards,
      int[] shardOfSlot,
      Map<ShardKey, Integer> pins) {
    this.version = version;
    this.strategy = strategy;
    this.shards = shards;
    this.shardOfSlot = shardOfSlot;
    this.pins = pins;
  }

  /**
   * A first map, version 1, with {@value #DEFAULT_SLOTS} slots found by hash.
   *
   * @param shards names, each once; at least one. All have weight 1
   * @throws IllegalArgumentException if there is none or one twice
   */
  public static ShardMap of(String... shards) {
    return of(SlotStrategy.hash(DEFAULT_SLOTS), Arrays.stream(shards).map(Shard::of).toList());
  }

  /**
   * A first map, version 1, with the slots spread by the weights of the shards.
   *
   * @throws IllegalArgumentException if there is no shard, or a name twice
   */
  public static ShardMap of(SlotStrategy strategy, List<Shard> shards) {
    checkShards(shards);
    int[] none = new int[strategy.slots()];
    Arrays.fill(none, -1);
    int[] spread = SlotPlanner.spread(none, shards);
    return new ShardMap(1, strategy, List.copyOf(shards), spread, Map.of());
  }

  /** The whole content, as a store reads it; checked. */
  static ShardMap restored(
      long version,
      SlotStrategy strategy,
      List<Shard> shards,
      int[] shardOfSlot,
      Map<ShardKey, Integer> pins) {
    checkShards(shards);
    if (shardOfSlot.length != strategy.slots() + pins.size() || shardOfSlot.length > MAX_SLOTS) {
      throw new IllegalArgumentException(
          "the map must assign "
              + (strategy.slots() + pins.size())
              + " slots (at most "
              + MAX_SLOTS
              + "), assigns "
              + shardOfSlot.length);
    }
    for (int slot = 0; slot < shardOfSlot.length; slot++) {
      if (shardOfSlot[slot] < 0 || shardOfSlot[slot] >= shards.size()) {
        throw new IllegalArgumentException("slot " + slot + " has no shard");
      }
    }
    boolean[] seen = new boolean[pins.size()];
    for (int slot : pins.values()) {
      int index = slot - strategy.slots();
      if (index < 0 || index >= seen.length || seen[index]) {
        throw new IllegalArgumentException("slot " + slot + " cannot be that of a pinned key");
      }
      seen[index] = true;
    }
    return new ShardMap(
        version, strategy, List.copyOf(shards), shardOfSlot.clone(), new LinkedHashMap<>(pins));
  }

  private static void checkShards(List<Shard> shards) {
    if (shards.isEmpty() || shards.size() > MAX_SHARDS) {
      throw new IllegalArgumentException(
          "a map must have 1 to " + MAX_SHARDS + " shards, has " + shards.size());
    }
    SortedSet<String> names = new TreeSet<>();
    for (Shard shard : shards) {
      if (!names.add(shard.name())) {
        throw new IllegalArgumentException("shard \"" + shard.name() + "\" is named twice");
      }
    }
  }

  /** Counts the changes of this map, from 1. */
  public long version() {
    return version;
  }

  /** How keys fall into slots. */
  public SlotStrategy strategy() {
    return strategy;
  }

  /** All slots, those of pinned keys included; slots are numbered from 0. */
  public int slots() {
    return shardOfSlot.length;
  }

  /** The shards, in the order in which they were added; immutable. */
  public List<Shard> shards() {
    return shards;
  }

  /** The keys that have a slot of their own, in the order in which they were pinned. */
  public List<ShardKey> pinnedKeys() {
    return List.copyOf(pins.keySet());
  }

  /** The slot of a key: the same in every version, unless the key is pinned in between. */
  public int slotOf(ShardKey key) {
    if (!pins.isEmpty()) {
      Integer pinned = pins.get(key);
      if (pinned != null) {
        return pinned;
      }
    }
    return strategy.slotOf(key);
  }

  /**
   * The slot of an integer key; as {@link #slotOf(ShardKey)} of it, and without an object where no
   * key is pinned.
   */
  public int slotOf(long key) {
    return pins.isEmpty() ? strategy.slotOf(key) : slotOf(ShardKey.of(key));
  }

  /** The slot of a text key; as {@link #slotOf(long)}. */
  public int slotOf(String key) {
    return pins.isEmpty() ? strategy.slotOf(key) : slotOf(ShardKey.of(key));
  }

  /** The slot of a UUID; as {@link #slotOf(long)}. */
  public int slotOf(java.util.UUID key) {
    return pins.isEmpty() ? strategy.slotOf(key) : slotOf(ShardKey.of(key));
  }

  /**
   * The position in {@link #shards()} of the shard that has a slot.
   *
   * @throws IndexOutOfBoundsException if there is no such slot
   */
  public int shardIndexOf(int slot) {
    return shardOfSlot[slot];
  }

  /**
   * The name of the shard that has a slot.
   *
   * @throws IndexOutOfBoundsException if there is no such slot
   */
  public String shardOf(int slot) {
    return shards.get(shardOfSlot[slot]).name();
  }

  /**
   * The slots of a shard, ascending.
   *
   * @throws IllegalArgumentException if the map has no such shard
   */
  public SlotSet slotsOf(String shard) {
    int index = indexOf(shard);
    SlotSet.Builder slots = SlotSet.builder();
    for (int slot = 0; slot < shardOfSlot.length; slot++) {
      if (shardOfSlot[slot] == index) {
        slots.add(slot);
      }
    }
    return slots.build();
  }

  /** Whether the map has a shard of that name. */
  public boolean hasShard(String shard) {
    return shards.stream().anyMatch(each -> each.name().equals(shard));
  }

  private int indexOf(String shard) {
    for (int i = 0; i < shards.size(); i++) {
      if (shards.get(i).name().equals(shard)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "the map has no shard \""
            + shard
            + "\", only "
            + shards.stream().map(Shard::name).toList());
  }

  /** A copy of the assignment: element {@code s} is the position in {@link #shards()}. */
  int[] assignment() {
    return shardOfSlot.clone();
  }

  Map<ShardKey, Integer> pins() {
    return pins;
  }

  /**
   * The next version, with some slots at another shard. This is what a move does at its end; it
   * moves no rows by itself.
   *
   * @throws IllegalArgumentException if the map has no such shard or slot
   */
  public ShardMap assign(SlotSet slots, String shard) {
    int index = indexOf(shard);
    int[] next = shardOfSlot.clone();
    for (int slot : slots) {
      if (slot >= next.length) {
        throw new IllegalArgumentException("slot must be below " + next.length + ", was " + slot);
      }
      next[slot] = index;
    }
    return new ShardMap(version + 1, strategy, shards, next, pins);
  }

  /**
   * The next version, with one more shard that has no slots yet.
   *
   * @throws IllegalArgumentException if the map has a shard of that name
   */
  public ShardMap withShard(Shard shard) {
    List<Shard> more = new ArrayList<>(shards);
    more.add(shard);
    checkShards(more);
    return new ShardMap(version + 1, strategy, List.copyOf(more), shardOfSlot, pins);
  }

  /**
   * The next version, with another weight for a shard. The planner goes by the weights; no slot
   * moves by this alone.
   *
   * @throws IllegalArgumentException if the map has no such shard
   */
  public ShardMap withWeight(String shard, double weight) {
    List<Shard> changed = new ArrayList<>(shards);
    changed.set(indexOf(shard), new Shard(shard, weight));
    return new ShardMap(version + 1, strategy, List.copyOf(changed), shardOfSlot, pins);
  }

  /**
   * The next version, without a shard that has no slots any more.
   *
   * @throws IllegalArgumentException if there is no such shard, if it has slots, or if it is the
   *     last
   */
  public ShardMap withoutShard(String shard) {
    int index = indexOf(shard);
    SlotSet left = slotsOf(shard);
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "shard \"" + shard + "\" still has " + left.size() + " slots; move them first");
    }
    List<Shard> fewer = new ArrayList<>(shards);
    fewer.remove(index);
    checkShards(fewer);
    int[] next = shardOfSlot.clone();
    for (int slot = 0; slot < next.length; slot++) {
      if (next[slot] > index) {
        next[slot]--;
      }
    }
    return new ShardMap(version + 1, strategy, List.copyOf(fewer), next, pins);
  }

  /**
   * The next version, in which a key has a slot of its own at a shard, whatever the strategy says.
   * To be done before the key has rows: rows that exist carry the slot they were written with.
   *
   * @throws IllegalArgumentException if the key is pinned, if there is no such shard, or if the map
   *     has {@value #MAX_SLOTS} slots
   */
  public ShardMap pin(ShardKey key, String shard) {
    Objects.requireNonNull(key, "key");
    int index = indexOf(shard);
    if (pins.containsKey(key)) {
      throw new IllegalArgumentException("the key is pinned already, to slot " + pins.get(key));
    }
    if (shardOfSlot.length == MAX_SLOTS) {
      throw new IllegalArgumentException("a map has at most " + MAX_SLOTS + " slots");
    }
    Map<ShardKey, Integer> more = new LinkedHashMap<>(pins);
    more.put(key, shardOfSlot.length);
    int[] next = Arrays.copyOf(shardOfSlot, shardOfSlot.length + 1);
    next[shardOfSlot.length] = index;
    return new ShardMap(version + 1, strategy, shards, next, more);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ShardMap that
        && version == that.version
        && strategy.equals(that.strategy)
        && shards.equals(that.shards)
        && Arrays.equals(shardOfSlot, that.shardOfSlot)
        && pins.equals(that.pins);
  }

  @Override
  public int hashCode() {
    return Objects.hash(version, strategy, shards, Arrays.hashCode(shardOfSlot));
  }

  @Override
  public String toString() {
    return "ShardMap[version=" + version + ", slots=" + slots() + ", shards=" + shards + "]";
  }
}
