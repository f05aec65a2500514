// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.Operation.Kind;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Judges the operations of one session after the other. Confined.
 *
 * <p>Operations are looked at in the order they began. Before each one, those of the same session
 * that had ended by then set their floors; what overlaps does not count as before. Cost: O(n) for a
 * session whose operations follow each other, O(n log n) for others.
 */
final class SessionSweep {
  private static final Guarantee[] BY_FLOOR = {
    Guarantee.READ_YOUR_WRITES,
    Guarantee.MONOTONIC_READS,
    Guarantee.MONOTONIC_WRITES,
    Guarantee.WRITES_FOLLOW_READS
  };

  private final History history;
  private final WriteIndex writes;
  private final Findings findings;
  private final Map<Guarantee, Floors> floors = new EnumMap<>(Guarantee.class);

  SessionSweep(History history, WriteIndex writes, Findings findings) {
    this.history = history;
    this.writes = writes;
    this.findings = findings;
    for (Guarantee guarantee : BY_FLOOR) {
      floors.put(guarantee, new Floors(history.keys()));
    }
  }

  void judge(int session) {
    SessionLog log = history.logs().get(session);
    floors.values().forEach(Floors::clear);
    int[] byStart = order(log, true);
    int[] byEnd = order(log, false);
    int ended = 0;
    for (int index : byStart) {
      while (log.end(byEnd[ended]) < log.start(index)) {
        settle(log, byEnd[ended]);
        ended++;
      }
      findings.count(log, index);
      if (log.isOk(index, Kind.READ)) {
        checkRead(session, log, index);
      }
    }
  }

  /** Lets an operation that has ended set floors for what its session does later. */
  private void settle(SessionLog log, int index) {
    int key = log.key(index);
    int version = log.version(index);
    if (version == 0) {
      return;
    }
    int write = writes.find(key, version);
    if (log.isOk(index, Kind.WRITE)) {
      raise(Guarantee.READ_YOUR_WRITES, key, version, index, !writes.isDeclaredLost(write));
    } else if (log.isOk(index, Kind.READ)) {
      boolean isFirm = write < 0 || writes.hasSurvived(write, log.start(index));
      raise(Guarantee.MONOTONIC_READS, key, version, index, isFirm);
      settleDependency(log, index, write);
    }
  }

  private void settleDependency(SessionLog log, int index, int write) {
    int version = log.dependencyVersion(index);
    if (version == 0) {
      return;
    }
    int key = log.dependencyKey(index);
    int earlier = writes.find(key, version);
    boolean ofOneSession =
        write >= 0 && earlier >= 0 && writes.session(write) == writes.session(earlier);
    raise(
        ofOneSession ? Guarantee.MONOTONIC_WRITES : Guarantee.WRITES_FOLLOW_READS,
        key,
        version,
        index,
        earlier < 0 || !writes.isDeclaredLost(earlier));
  }

  private void raise(Guarantee guarantee, int key, int version, int by, boolean isFirm) {
    floors(guarantee).raise(key, version, by, isFirm);
  }

  private void checkRead(int session, SessionLog log, int index) {
    int key = log.key(index);
    int version = log.version(index);
    for (Guarantee guarantee : BY_FLOOR) {
      Floors floor = floors(guarantee);
      if (!floor.isSet(key)) {
        continue;
      }
      findings.checked(guarantee);
      if (version < floor.firm(key)) {
        findings.violated(guarantee, session, floor.firmBy(key), index, floor.firm(key));
      } else if (version < floor.soft(key)) {
        if (writes.mayMiss(writes.find(key, floor.soft(key)), log.end(index))) {
          findings.missedLostWrite(session);
          floor.dropSoft(key);
        } else {
          findings.violated(guarantee, session, floor.softBy(key), index, floor.soft(key));
        }
      }
    }
    if (version > 0) {
      findings.checked(Guarantee.NO_INVENTED_VERSIONS);
      int write = writes.find(key, version);
      if (write < 0 || writes.start(write) > log.end(index)) {
        findings.invented(session, index);
      }
    }
    findings.saw(log, index, writes.staleness(key, version, log.start(index), log.end(index)));
  }

  private Floors floors(Guarantee guarantee) {
    Floors floor = floors.get(guarantee);
    if (floor == null) {
      throw new IllegalArgumentException(guarantee + " has no floors");
    }
    return floor;
  }

  private static int[] order(SessionLog log, boolean byStart) {
    boolean isSorted = true;
    for (int i = 1; i < log.size() && isSorted; i++) {
      isSorted = time(log, i - 1, byStart) <= time(log, i, byStart);
    }
    IntStream indexes = IntStream.range(0, log.size());
    if (isSorted) {
      return indexes.toArray();
    }
    Integer[] boxed = indexes.boxed().toArray(Integer[]::new);
    Arrays.sort(boxed, (a, b) -> Long.compare(time(log, a, byStart), time(log, b, byStart)));
    return Arrays.stream(boxed).mapToInt(Integer::intValue).toArray();
  }

  private static long time(SessionLog log, int index, boolean start) {
    return start ? log.start(index) : log.end(index);
  }
}
