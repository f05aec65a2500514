// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.PrimitiveIterator;

/**
 * Some slots, ascending, each once. Written as ranges, such as {@code 0-15,20}.
 *
 * <p>Immutable.
 */
public final class SlotSet implements Iterable<Integer> {
  private final int[] slots;

  private SlotSet(int[] slots) {
    this.slots = slots;
  }

  /**
   * These slots, in any order.
   *
   * @throws IllegalArgumentException if one is negative or above 65,535
   */
  public static SlotSet of(int... slots) {
    Builder builder = builder();
    for (int slot : slots) {
      builder.add(slot);
    }
    return builder.build();
  }

  /** All slots of both bounds and between them; empty if {@code last} is below {@code first}. */
  public static SlotSet range(int first, int last) {
    Builder builder = builder();
    for (int slot = first; slot <= last; slot++) {
      builder.add(slot);
    }
    return builder.build();
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if the text is nothing of that kind
   */
  public static SlotSet parse(String text) {
    Builder builder = builder();
    if (text.isEmpty()) {
      return builder.build();
    }
    for (String part : text.split(",", -1)) {
      int dash = part.indexOf('-');
      try {
        int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
        int last = dash < 0 ? first : Integer.parseInt(part.substring(dash + 1));
        if (last < first || last >= ShardMap.MAX_SLOTS) {
          throw new IllegalArgumentException(
              "slots must be ascending ranges, were \"" + text + '"');
        }
        for (int slot = first; slot <= last; slot++) {
          builder.add(slot);
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "slots must be numbers and ranges such as 0-15,20, were \"" + text + '"', e);
      }
    }
    return builder.build();
  }

  static Builder builder() {
    return new Builder();
  }

  /** How many. */
  public int size() {
    return slots.length;
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return slots.length == 0;
  }

  /** Whether a slot is among them. */
  public boolean contains(int slot) {
    return Arrays.binarySearch(slots, slot) >= 0;
  }

  /** The slots, ascending; a copy. */
  public int[] toArray() {
    return slots.clone();
  }

  /**
   * Cuts them into sets of at most {@code size} slots, in order.
   *
   * @throws IllegalArgumentException if the size is below 1
   */
  public List<SlotSet> split(int size) {
    if (size < 1) {
      throw new IllegalArgumentException("size must be at least 1, was " + size);
    }
    int parts = (slots.length + size - 1) / size;
    SlotSet[] cut = new SlotSet[parts];
    for (int i = 0; i < parts; i++) {
      cut[i] =
          new SlotSet(Arrays.copyOfRange(slots, i * size, Math.min(slots.length, (i + 1) * size)));
    }
    return List.of(cut);
  }

  @Override
  public PrimitiveIterator.OfInt iterator() {
    return Arrays.stream(slots).iterator();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SlotSet that && Arrays.equals(slots, that.slots);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(slots);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < slots.length; ) {
      int end = i;
      while (end + 1 < slots.length && slots[end + 1] == slots[end] + 1) {
        end++;
      }
      text.append(text.isEmpty() ? "" : ",").append(slots[i]);
      if (end > i) {
        text.append('-').append(slots[end]);
      }
      i = end + 1;
    }
    return text.toString();
  }

  /** Collects slots; confined to one thread. */
  static final class Builder {
    private final BitSet slots = new BitSet();

    Builder add(int slot) {
      if (slot < 0 || slot >= ShardMap.MAX_SLOTS) {
        throw new IllegalArgumentException(
            "slot must be 0 to " + (ShardMap.MAX_SLOTS - 1) + ", was " + slot);
      }
      slots.set(slot);
      return this;
    }

    SlotSet build() {
      return new SlotSet(slots.stream().toArray());
    }
  }
}
