// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.CheckReport.Losses;
import io.scalingtoolkit.testkit.check.CheckReport.NodeTotals;
import io.scalingtoolkit.testkit.check.CheckReport.Staleness;
import io.scalingtoolkit.testkit.check.CheckReport.Totals;
import io.scalingtoolkit.testkit.check.CheckReport.Violation;
import io.scalingtoolkit.testkit.check.Operation.Kind;
import io.scalingtoolkit.testkit.check.Operation.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What has been found in a history so far. Confined. */
final class Findings {
  private static final String UNKNOWN_NODE = "unknown";

  private final History history;
  private final Judge judge;
  private final Map<Guarantee, Tally> tallies = new EnumMap<>(Guarantee.class);
  private final SortedSet<Integer> sessionsWithLosses = new TreeSet<>();
  private long lostWrites;
  private long readsOfLoss;

  private long reads;
  private long writes;
  private long failed;
  private long unknown;

  private final long[] nodeReads;
  private final long[] nodeWrites;
  private final long[] nodeViolations;
  private final long[] nodeStaleness;

  /** The staleness of the stale reads, in nanoseconds; only the first {@code stale} count. */
  private long[] staleNanos = new long[1024];

  private int stale;
  private long aboveBound;

  /** What was found about one guarantee. The latest example is at the head of the queue. */
  private static final class Tally {
    long checks;
    long violations;
    final PriorityQueue<Violation> examples =
        new PriorityQueue<>(Comparator.comparingLong(Findings::time).reversed());
  }

  Findings(History history, Judge judge) {
    this.history = history;
    this.judge = judge;
    int nodes = history.nodeCount() + 1;
    nodeReads = new long[nodes];
    nodeWrites = new long[nodes];
    nodeViolations = new long[nodes];
    nodeStaleness = new long[nodes];
  }

  void count(SessionLog log, int index) {
    Outcome outcome = log.outcome(index);
    if (outcome == Outcome.FAILED) {
      failed++;
    } else if (outcome == Outcome.UNKNOWN) {
      unknown++;
    } else if (log.kind(index) == Kind.READ) {
      reads++;
      nodeReads[log.node(index)]++;
    } else {
      writes++;
      nodeWrites[log.node(index)]++;
    }
  }

  void checked(Guarantee guarantee) {
    tally(guarantee).checks++;
  }

  void violated(Guarantee guarantee, int session, int earlier, int later, int required) {
    SessionLog log = history.logs().get(session);
    nodeViolations[log.node(later)]++;
    add(guarantee, log.start(later), session, earlier, later, required, log.version(later));
  }

  void invented(int session, int index) {
    SessionLog log = history.logs().get(session);
    nodeViolations[log.node(index)]++;
    int version = log.version(index);
    add(Guarantee.NO_INVENTED_VERSIONS, log.start(index), session, -1, index, 0, version);
  }

  void lost(int session, int sequence, int finalVersion) {
    SessionLog log = history.logs().get(session);
    int version = log.version(sequence);
    add(
        Guarantee.NO_LOST_WRITES,
        log.start(sequence),
        session,
        sequence,
        -1,
        version,
        finalVersion);
  }

  void lostAsDeclared(int session) {
    lostWrites++;
    sessionsWithLosses.add(session);
  }

  void missedLostWrite(int session) {
    readsOfLoss++;
    sessionsWithLosses.add(session);
  }

  void saw(SessionLog log, int index, long nanos) {
    if (nanos == 0) {
      return;
    }
    if (stale == staleNanos.length) {
      staleNanos = Arrays.copyOf(staleNanos, stale * 2);
    }
    staleNanos[stale++] = nanos;
    if (nanos > judge.boundNanos()) {
      aboveBound++;
    }
    int node = log.node(index);
    nodeStaleness[node] = Math.max(nodeStaleness[node], nanos);
  }

  CheckReport report() {
    Map<Guarantee, Long> counts = new EnumMap<>(Guarantee.class);
    Map<Guarantee, Long> checked = new EnumMap<>(Guarantee.class);
    List<Violation> shown = new ArrayList<>();
    for (Guarantee guarantee : Guarantee.values()) {
      Tally tally = tally(guarantee);
      counts.put(guarantee, tally.violations);
      checked.put(guarantee, tally.checks);
      tally.examples.stream()
          .sorted(Comparator.comparingLong(Findings::time))
          .forEachOrdered(shown::add);
    }
    return new CheckReport(
        new Totals(reads, writes, failed, unknown),
        checked,
        counts,
        shown,
        staleness(),
        new Losses(lostWrites, readsOfLoss, List.copyOf(sessionsWithLosses)),
        nodes());
  }

  private void add(
      Guarantee guarantee,
      long time,
      int session,
      int earlier,
      int later,
      int required,
      int found) {
    Tally tally = tally(guarantee);
    tally.violations++;
    if (tally.examples.size() == judge.examples()) {
      Violation latest = tally.examples.peek();
      if (latest == null || time(latest) <= time) {
        return;
      }
      tally.examples.remove();
    }
    tally.examples.add(
        new Violation(
            guarantee, operation(session, earlier), operation(session, later), required, found));
  }

  private Tally tally(Guarantee guarantee) {
    return tallies.computeIfAbsent(guarantee, unused -> new Tally());
  }

  private @Nullable Operation operation(int session, int sequence) {
    return sequence < 0 ? null : history.operation(session, sequence);
  }

  private static long time(Violation violation) {
    Operation operation = violation.later() == null ? violation.earlier() : violation.later();
    return operation == null ? 0 : operation.startNanos();
  }

  private Staleness staleness() {
    long[] sorted = Arrays.copyOf(staleNanos, stale);
    Arrays.sort(sorted);
    return new Staleness(
        percentile(sorted, 50),
        percentile(sorted, 99),
        percentile(sorted, 100),
        stale,
        judge.boundNanos() == Long.MAX_VALUE ? null : Duration.ofNanos(judge.boundNanos()),
        aboveBound);
  }

  /** The nearest rank over all reads, of which those that are not stale come first. */
  private Duration percentile(long[] sorted, int percent) {
    long rank = (reads * percent + 99) / 100;
    long index = rank - 1 - (reads - sorted.length);
    return index < 0 ? Duration.ZERO : Duration.ofNanos(sorted[(int) index]);
  }

  private Map<String, NodeTotals> nodes() {
    Map<String, NodeTotals> nodes = new TreeMap<>();
    for (int node = 0; node < nodeReads.length; node++) {
      String name = history.node(node);
      NodeTotals totals =
          new NodeTotals(
              nodeReads[node],
              nodeWrites[node],
              nodeViolations[node],
              Duration.ofNanos(nodeStaleness[node]));
      if (totals.reads() + totals.writes() > 0) {
        nodes.put(name == null ? UNKNOWN_NODE : name, totals);
      }
    }
    return nodes;
  }
}
