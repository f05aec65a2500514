// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads GTID sets as MySQL prints them; confined. */
final class GtidSetText {
  // One source's ranges are collected and sorted once: joining them one by one would be quadratic
  // in the number of gaps, and a server with an applier that leaves gaps can print many.
  private final TreeMap<GtidSource, List<long[]>> ranges = new TreeMap<>();

  private GtidSetText() {}

  static SortedMap<GtidSource, Intervals> parse(String text) {
    GtidSetText reader = new GtidSetText();
    try {
      // MySQL's own grammar lets entries be empty, and prints a line end after each comma.
      for (String entry : text.split(",", -1)) {
        if (!entry.isBlank()) {
          reader.readEntry(entry);
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "GTID set must be like 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7,…, was \""
              + abbreviated(text)
              + "\": "
              + e.getMessage(),
          e);
    }
    return reader.joined();
  }

  private static String abbreviated(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "…";
  }

  /** Reads {@code uuid:1-5:7:tag:1-3}: a tag belongs to all intervals up to the next tag. */
  private void readEntry(String entry) {
    String[] parts = entry.split(":", -1);
    GtidSource source = GtidSource.parseUuid(parts[0].strip());
    boolean waitsForInterval = true;
    for (int i = 1; i < parts.length; i++) {
      String part = parts[i].strip();
      if (!part.isEmpty() && part.charAt(0) >= '0' && part.charAt(0) <= '9') {
        ranges.computeIfAbsent(source, key -> new ArrayList<>()).add(readRange(part));
        waitsForInterval = false;
      } else {
        if (waitsForInterval && i > 1) {
          break;
        }
        source = source.withTag(part);
        waitsForInterval = true;
      }
    }
    if (waitsForInterval) {
      throw new IllegalArgumentException("\"" + source + "\" has no interval");
    }
  }

  private static long[] readRange(String part) {
    int dash = part.indexOf('-');
    long first = readNumber(dash < 0 ? part : part.substring(0, dash));
    long last = dash < 0 ? first : readNumber(part.substring(dash + 1));
    Intervals.of(first, last);
    return new long[] {first, last};
  }

  private static long readNumber(String text) {
    String digits = text.strip();
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException("\"" + text + "\" is not a number");
    }
    return Long.parseLong(digits);
  }

  private SortedMap<GtidSource, Intervals> joined() {
    TreeMap<GtidSource, Intervals> joined = new TreeMap<>();
    ranges.forEach((source, list) -> joined.put(source, join(list)));
    return joined;
  }

  private static Intervals join(List<long[]> list) {
    list.sort(Comparator.comparingLong(range -> range[0]));
    List<long[]> apart = new ArrayList<>();
    for (long[] range : list) {
      long[] before = apart.isEmpty() ? null : apart.get(apart.size() - 1);
      if (before != null && range[0] <= before[1] + 1) {
        before[1] = Math.max(before[1], range[1]);
      } else {
        apart.add(range);
      }
    }
    return Intervals.ofSorted(
        apart.stream().mapToLong(range -> range[0]).toArray(),
        apart.stream().mapToLong(range -> range[1]).toArray());
  }
}
