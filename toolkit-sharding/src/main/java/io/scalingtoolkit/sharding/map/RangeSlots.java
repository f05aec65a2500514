// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** The number of lower bounds that are not above the key. */
record RangeSlots(List<String> from) implements SlotStrategy {
  RangeSlots {
    from = from.stream().map(RangeSlots::fold).toList();
    if (from.isEmpty() || from.size() >= ShardMap.MAX_SLOTS) {
      throw new IllegalArgumentException(
          "ranges must have 1 to " + (ShardMap.MAX_SLOTS - 1) + " bounds, had " + from.size());
    }
    for (int i = 0; i < from.size(); i++) {
      boolean ascends = i == 0 || compare(from.get(i - 1), from.get(i)) < 0;
      if (from.get(i).isEmpty() || !ascends) {
        throw new IllegalArgumentException("ranges must begin ascending and not empty, do " + from);
      }
    }
  }

  private static String fold(String text) {
    return text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }

  /** By code point; {@code String.compareTo} puts what lies outside the first plane too low. */
  private static int compare(String a, String b) {
    int i = 0;
    while (i < a.length() && i < b.length()) {
      int left = a.codePointAt(i);
      int right = b.codePointAt(i);
      if (left != right) {
        return Integer.compare(left, right);
      }
      i += Character.charCount(left);
    }
    return Integer.compare(a.length(), b.length());
  }

  @Override
  public int slots() {
    return from.size() + 1;
  }

  @Override
  public int slotOf(ShardKey key) {
    String text = key.text();
    if (text == null) {
      throw new IllegalArgumentException("ranges take text keys, was " + key);
    }
    String folded = fold(text);
    int low = 0;
    int high = from.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(from.get(middle), folded) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public int slotOf(long key) {
    return slotOf(ShardKey.of(key));
  }

  @Override
  public int slotOf(String key) {
    return slotOf(ShardKey.of(key));
  }

  @Override
  public int slotOf(UUID key) {
    return slotOf(ShardKey.of(key));
  }
}
