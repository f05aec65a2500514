// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.cache;

import io.scalingtoolkit.benchmarks.OwnProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** What an entry takes beside its key and its value, in a process of its own for each cache. */
public final class EntrySpace {
  private static final int ENTRIES = 1_000_000;
  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  private EntrySpace() {}

  /** Returns the bytes for each entry. */
  public static Map<CachePeer, Double> measure(Path log) {
    Map<CachePeer, Double> bytes = new EnumMap<>(CachePeer.class);
    for (CachePeer peer : CachePeer.values()) {
      bytes.put(peer, OwnProcess.figures(EntrySpace.class, log, peer.name())[0]);
    }
    return bytes;
  }

  /** Prints the figure of the cache that is named. */
  public static void main(String[] arguments) {
    OwnProcess.endAfter(TIMEOUT);
    CachePeer peer = CachePeer.valueOf(arguments[0]);
    List<Long> keys = LongStream.range(0, ENTRIES).boxed().toList();
    double before = OwnProcess.usedBytes();
    Lookup cache = peer.filled(keys, false);
    double after = OwnProcess.usedBytes();
    // It is used once more, so it was not garbage when the heap was read.
    for (Long key : keys) {
      if (cache.get(key) == null) {
        throw new IllegalStateException(peer + " has not kept " + key);
      }
    }
    System.out.println((after - before) / ENTRIES);
  }
}
