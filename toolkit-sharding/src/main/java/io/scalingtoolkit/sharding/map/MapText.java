// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A map as text, one fact a line:
 *
 * <pre>{@code
 * format 1
 * hash xxh3-64/1 4096
 * shard s1 1.0
 * slots s1 0-2047
 * pin 4096 AQAAAAAAAAAq
 * }</pre>
 *
 * <p>The name of the hash and the format of keys stand in it, so that a later version of the
 * library cannot take the slots of an earlier one for its own. Texts and keys are Base64 (URL
 * alphabet).
 */
final class MapText {
  private static final String FORMAT = "format 1";
  private static final String HASH = "xxh3-64/1";
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  private MapText() {}

  static String write(ShardMap map) {
    StringBuilder text = new StringBuilder(FORMAT).append('\n');
    if (map.strategy() instanceof RangeSlots ranges) {
      text.append("ranges");
      for (String from : ranges.from()) {
        text.append(' ').append(encode(from.getBytes(StandardCharsets.UTF_8)));
      }
    } else {
      text.append("hash ").append(HASH).append(' ').append(map.strategy().slots());
    }
    text.append('\n');
    for (Shard shard : map.shards()) {
      text.append("shard ").append(shard.name()).append(' ').append(shard.weight()).append('\n');
    }
    for (Shard shard : map.shards()) {
      SlotSet slots = map.slotsOf(shard.name());
      if (!slots.isEmpty()) {
        text.append("slots ").append(shard.name()).append(' ').append(slots).append('\n');
      }
    }
    map.pins()
        .forEach(
            (key, slot) ->
                text.append("pin ")
                    .append(slot)
                    .append(' ')
                    .append(encode(key.encoded()))
                    .append('\n'));
    return text.toString();
  }

  private static String encode(byte[] bytes) {
    return ENCODER.encodeToString(bytes);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if the text is of another format, or contradicts itself
   */
  static ShardMap read(long version, String text) {
    String[] lines = text.split("\n", -1);
    if (!lines[0].equals(FORMAT)) {
      throw new IllegalArgumentException(
          "the shard map must begin with \"" + FORMAT + "\", begins with \"" + lines[0] + '"');
    }
    Reading reading = new Reading();
    for (int i = 1; i < lines.length; i++) {
      if (!lines[i].isEmpty()) {
        reading.line(lines[i].split(" ", -1), lines[i]);
      }
    }
    return reading.map(version);
  }

  /** What the lines so far said. */
  private static final class Reading {
    private final List<Shard> shards = new ArrayList<>();
    private final Map<String, SlotSet> slots = new LinkedHashMap<>();
    private final Map<ShardKey, Integer> pins = new LinkedHashMap<>();
    private final List<SlotStrategy> strategies = new ArrayList<>();

    void line(String[] words, String line) {
      try {
        switch (words[0]) {
          case "hash" -> strategies.add(hash(words));
          case "ranges" -> strategies.add(ranges(words));
          case "shard" -> shards.add(new Shard(words[1], Double.parseDouble(words[2])));
          case "slots" -> slots.put(words[1], SlotSet.parse(words[2]));
          case "pin" ->
              pins.put(ShardKey.ofEncoded(DECODER.decode(words[2])), Integer.parseInt(words[1]));
          default -> throw new IllegalArgumentException("unknown word \"" + words[0] + '"');
        }
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw new IllegalArgumentException("the shard map has the line \"" + line + '"', e);
      }
    }

    private static SlotStrategy hash(String[] words) {
      if (!words[1].equals(HASH)) {
        throw new IllegalArgumentException(
            "hash must be " + HASH + ", which is all this version knows, was " + words[1]);
      }
      return SlotStrategy.hash(Integer.parseInt(words[2]));
    }

    private static SlotStrategy ranges(String[] words) {
      List<String> from = new ArrayList<>();
      for (int i = 1; i < words.length; i++) {
        from.add(new String(DECODER.decode(words[i]), StandardCharsets.UTF_8));
      }
      return SlotStrategy.ranges(from);
    }

    ShardMap map(long version) {
      if (strategies.size() != 1) {
        throw new IllegalArgumentException(
            "the shard map must say once how slots are found, says it " + strategies.size() + "x");
      }
      SlotStrategy strategy = strategies.get(0);
      int[] shardOfSlot = new int[strategy.slots() + pins.size()];
      java.util.Arrays.fill(shardOfSlot, -1);
      List<String> names = shards.stream().map(Shard::name).toList();
      slots.forEach(
          (shard, set) -> {
            for (int slot : set) {
              if (slot >= shardOfSlot.length || shardOfSlot[slot] >= 0) {
                throw new IllegalArgumentException(
                    "slot " + slot + " of \"" + shard + "\" is none, or another shard's too");
              }
              shardOfSlot[slot] = names.indexOf(shard);
            }
          });
      return ShardMap.restored(version, strategy, shards, shardOfSlot, pins);
    }
  }
}
