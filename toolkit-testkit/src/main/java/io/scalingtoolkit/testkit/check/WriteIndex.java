// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.History.LossWindow;
import io.scalingtoolkit.testkit.check.Operation.Kind;
import io.scalingtoolkit.testkit.check.Operation.Outcome;
import java.util.Arrays;
import java.util.List;

/**
 * The writes of a history that happened or may have happened, by key and version. Immutable.
 *
 * <p>The writes of key k stand at {@code from[k]} to {@code from[k + 1] - 1}, ordered by version.
 */
final class WriteIndex {
  private static final int NO_WINDOW = -1;

  private final List<LossWindow> windows;
  private final int[] from;
  private final int[] versions;
  private final int[] sessions;
  private final int[] sequences;
  private final long[] starts;
  private final long[] ends;
  private final boolean[] acknowledged;
  private final int[] window;

  /** The earliest start of this write and of all newer ones of its key. */
  private final long[] earliestStart;

  /** Where a write stands, while the index is made. */
  private record Place(int version, int session, int sequence) {}

  WriteIndex(History history) {
    windows = history.lossWindows();
    from = offsets(history);
    int count = from[history.keys()];
    versions = new int[count];
    sessions = new int[count];
    sequences = new int[count];
    starts = new long[count];
    ends = new long[count];
    acknowledged = new boolean[count];
    window = new int[count];
    earliestStart = new long[count];
    Place[] places = places(history, count);
    for (int key = 0; key < history.keys(); key++) {
      Arrays.sort(
          places, from[key], from[key + 1], (a, b) -> Integer.compare(a.version, b.version));
      fill(history, key, places);
    }
  }

  /** Returns where a version of a key stands, or -1 if nobody tried to write it. */
  int find(int key, int version) {
    int at = Arrays.binarySearch(versions, from[key], from[key + 1], version);
    return at < 0 ? -1 : at;
  }

  int session(int at) {
    return sessions[at];
  }

  int sequence(int at) {
    return sequences[at];
  }

  int version(int at) {
    return versions[at];
  }

  long start(int at) {
    return starts[at];
  }

  boolean isAcknowledged(int at) {
    return acknowledged[at];
  }

  /** Says whether a write may be lost without a violation. */
  boolean isDeclaredLost(int at) {
    return window[at] != NO_WINDOW;
  }

  /** Says whether a read that ended then may miss a write, because it is declared lost. */
  boolean mayMiss(int at, long readEnd) {
    return isDeclaredLost(at) && readEnd >= windows.get(window[at]).promotionNanos();
  }

  /** Says whether a read that began then and saw a write shows that it was not lost. */
  boolean hasSurvived(int at, long readStart) {
    return !isDeclaredLost(at) || readStart >= windows.get(window[at]).endNanos();
  }

  /** Returns the position of the first write of a key. */
  int first(int key) {
    return from[key];
  }

  /** Returns the position after the last write of a key. */
  int end(int key) {
    return from[key + 1];
  }

  /**
   * Returns for how long, when a read began, a newer version than it saw had been acknowledged, in
   * nanoseconds; 0 if none had.
   */
  long staleness(int key, int seen, long readStart, long readEnd) {
    int at = Arrays.binarySearch(versions, from[key], from[key + 1], seen);
    at = at < 0 ? -at - 1 : at + 1;
    long earliestEnd = Long.MAX_VALUE;
    // From the first write on that began too late, with all newer ones, none can matter.
    for (; at < from[key + 1] && earliestStart[at] < readStart; at++) {
      if (acknowledged[at] && ends[at] < readStart && !mayMiss(at, readEnd)) {
        earliestEnd = Math.min(earliestEnd, ends[at]);
      }
    }
    return earliestEnd == Long.MAX_VALUE ? 0 : readStart - earliestEnd;
  }

  private static int[] offsets(History history) {
    int[] offsets = new int[history.keys() + 1];
    for (SessionLog log : history.logs()) {
      for (int i = 0; i < log.size(); i++) {
        if (counts(log, i)) {
          offsets[log.key(i) + 1]++;
        }
      }
    }
    Arrays.parallelPrefix(offsets, Integer::sum);
    return offsets;
  }

  private Place[] places(History history, int count) {
    Place[] places = new Place[count];
    int[] next = from.clone();
    for (int session = 0; session < history.logs().size(); session++) {
      SessionLog log = history.logs().get(session);
      for (int i = 0; i < log.size(); i++) {
        if (counts(log, i)) {
          places[next[log.key(i)]++] = new Place(log.version(i), session, i);
        }
      }
    }
    return places;
  }

  private void fill(History history, int key, Place[] places) {
    long earliest = Long.MAX_VALUE;
    for (int at = from[key + 1] - 1; at >= from[key]; at--) {
      Place place = places[at];
      if (at + 1 < from[key + 1] && versions[at + 1] == place.version) {
        throw new IllegalArgumentException(
            "each version of a key must be written once; got twice%n  %s%n  %s"
                .formatted(
                    history.operation(place.session, place.sequence),
                    history.operation(sessions[at + 1], sequences[at + 1])));
      }
      SessionLog log = history.logs().get(place.session);
      versions[at] = place.version;
      sessions[at] = place.session;
      sequences[at] = place.sequence;
      starts[at] = log.start(place.sequence);
      ends[at] = log.end(place.sequence);
      acknowledged[at] = log.outcome(place.sequence) == Outcome.OK;
      window[at] = windowOf(starts[at], ends[at]);
      earliest = Math.min(earliest, starts[at]);
      earliestStart[at] = earliest;
    }
  }

  private int windowOf(long start, long end) {
    for (int i = 0; i < windows.size(); i++) {
      if (windows.get(i).holds(start, end)) {
        return i;
      }
    }
    return NO_WINDOW;
  }

  private static boolean counts(SessionLog log, int index) {
    return log.kind(index) == Kind.WRITE && log.outcome(index) != Outcome.FAILED;
  }
}
