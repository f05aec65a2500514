// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A bookmark on its way to the wire: its entries with their sizes, shrunk until they fit.
 *
 * <p>Shrinking replaces positions by the unresolved one, which is smaller and asks more. Confined.
 */
final class BookmarkEntries {
  private final List<Entry> entries = new ArrayList<>();
  private boolean shrunk;

  BookmarkEntries(Bookmark bookmark) {
    for (String source : bookmark.sources()) {
      Position position = bookmark.position(source);
      if (position != null) {
        add(source, position);
      }
    }
  }

  private void add(String source, Position position) {
    if (position == Position.unresolved()) {
      entries.add(Entry.unresolved(source));
      return;
    }
    if (!PositionTypes.isTag(position.typeTag())) {
      throw new IllegalArgumentException(
          "position type tag must be 1 to 8 characters of a-z and 0-9, was \""
              + position.typeTag()
              + "\" in "
              + position.getClass().getName());
    }
    List<byte[]> payloads =
        position instanceof OpaquePosition opaque ? opaque.payloads() : List.of(position.encode());
    if (payloads.get(0).length > PositionTypes.MAX_PAYLOAD_BYTES) {
      entries.add(Entry.unresolved(source));
    } else {
      entries.add(new Entry(source, position.typeTag(), payloads));
    }
  }

  /**
   * Replaces positions, the largest first, until all fit into {@code maxBytes}; false if none do.
   */
  boolean shrinkTo(int maxBytes) {
    List<Entry> largestFirst = new ArrayList<>(entries);
    largestFirst.sort(Comparator.comparingInt(Entry::bytes).reversed());
    int bytes = bytes();
    for (Entry entry : largestFirst) {
      if (bytes <= maxBytes) {
        return true;
      }
      Entry smaller = Entry.unresolved(entry.source());
      entries.set(entries.indexOf(entry), smaller);
      shrunk = true;
      bytes = bytes();
    }
    return bytes <= maxBytes;
  }

  boolean isExact() {
    return !shrunk && entries.stream().noneMatch(Entry::isUnresolved);
  }

  private int count() {
    return entries.stream().mapToInt(Entry::count).sum();
  }

  private int bytes() {
    return WireWriter.sizeOfLength(count()) + entries.stream().mapToInt(Entry::bytes).sum();
  }

  void writeTo(WireWriter out) {
    out.writeLength(count());
    for (Entry entry : entries) {
      entry.writeTo(out);
    }
  }

  /** One source: an unresolved mark without payloads, or a tag with one payload or more. */
  private record Entry(String source, String tag, List<byte[]> payloads) {
    static Entry unresolved(String source) {
      return new Entry(source, UnresolvedPosition.TAG, List.of());
    }

    boolean isUnresolved() {
      return payloads.isEmpty();
    }

    int count() {
      return Math.max(1, payloads.size());
    }

    int bytes() {
      int perPayload = 2 + source.length() + tag.length();
      int sum = perPayload * count();
      for (byte[] payload : payloads) {
        sum += WireWriter.sizeOfLength(payload.length) + payload.length;
      }
      return sum;
    }

    void writeTo(WireWriter out) {
      if (isUnresolved()) {
        out.writeText(source);
        out.writeText(tag);
      }
      for (byte[] payload : payloads) {
        out.writeText(source);
        out.writeText(tag);
        out.writeLength(payload.length);
        out.writeBytes(payload);
      }
    }
  }
}
