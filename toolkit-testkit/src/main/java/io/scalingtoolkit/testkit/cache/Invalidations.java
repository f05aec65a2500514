// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.util.Arrays;

/** When which version of one key had been invalidated. Confined. */
final class Invalidations {
  private static final long NEVER = Long.MAX_VALUE;
  private static final int NOBODY = -1;

  // By version: when its invalidation had returned, and which node had made it.
  private long[] returned = new long[16];
  private int[] nodes = new int[16];
  // By version: when any later version had been invalidated first.
  private long[] overtaken = new long[0];
  // By version: when the last read began that got it although a later one had been invalidated.
  private long[] lastSeen = new long[0];

  Invalidations() {
    Arrays.fill(returned, NEVER);
    Arrays.fill(nodes, NOBODY);
  }

  void add(int version, int node, long returnedNanos) {
    int old = returned.length;
    if (version >= old) {
      returned = Arrays.copyOf(returned, Math.max(version + 1, 2 * old));
      nodes = Arrays.copyOf(nodes, returned.length);
      Arrays.fill(returned, old, returned.length, NEVER);
      Arrays.fill(nodes, old, nodes.length, NOBODY);
    }
    returned[version] = returnedNanos;
    nodes[version] = node;
  }

  /** To be called when all are known. */
  void complete() {
    overtaken = new long[returned.length];
    lastSeen = new long[returned.length];
    Arrays.fill(lastSeen, Long.MIN_VALUE);
    long first = NEVER;
    for (int version = returned.length - 1; version >= 0; version--) {
      overtaken[version] = first;
      first = Math.min(first, returned[version]);
    }
  }

  /** Returns for how long a version had been too old at a time; 0 if it was not. */
  long ageNanos(int version, long nanos) {
    long since = version < overtaken.length ? overtaken[version] : NEVER;
    return since < nanos ? nanos - since : 0;
  }

  /** Returns the newest version that a node had invalidated itself before a time. */
  int ownBefore(int node, int than, long nanos) {
    for (int version = returned.length - 1; version > than; version--) {
      if (nodes[version] == node && returned[version] < nanos) {
        return version;
      }
    }
    return than;
  }

  /** Notes a read that got a version although a later one had been invalidated. */
  void seen(int version, long invokedNanos) {
    lastSeen[version] = Math.max(lastSeen[version], invokedNanos);
  }

  /** Writes down how long each invalidation was not known to somebody. */
  void lags(Lags lags) {
    long seen = Long.MIN_VALUE;
    for (int version = 0; version < returned.length; version++) {
      if (returned[version] != NEVER) {
        lags.add(Math.max(0, seen - Math.min(seen, returned[version])));
      }
      seen = Math.max(seen, lastSeen[version]);
    }
  }
}
