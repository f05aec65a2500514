// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.move.Ledger.Written;
import io.scalingtoolkit.sharding.move.MoverProcess.Pause;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of the moves of one seed, or of several.
 *
 * <p>Confined to one thread.
 */
final class SeedReport {
  private static final double NANOS_A_MILLI = 1e6;

  final String name;
  final Map<String, Integer> faults = new TreeMap<>();
  final Map<MoveState, Integer> outcomes = new TreeMap<>();
  private final List<Double> pauses = new ArrayList<>();

  /** Milliseconds of writes of users before the first move. */
  private final List<Double> before = new ArrayList<>();

  /** The same while moves were under way and no group was frozen. */
  private final List<Double> moving = new ArrayList<>();

  /** The same to other slots than those of a group that was frozen. */
  private final List<Double> beside = new ArrayList<>();

  /** What broke a guarantee. */
  private final List<String> broken = new ArrayList<>();

  private int lost;
  private int unknown;
  private int duplicated;
  private int errors;
  private long writes;
  private long refusals;
  private double slowestMillis;
  private double slowestRecoveryMillis;
  private long writesBeforeRollBack;

  SeedReport(String name) {
    this.name = name;
  }

  void fault(String kind) {
    faults.merge(kind, 1, Integer::sum);
  }

  void recovered(long nanos) {
    slowestRecoveryMillis = Math.max(slowestRecoveryMillis, nanos / NANOS_A_MILLI);
  }

  void rolledBackAfter(long writesOnTheTarget) {
    writesBeforeRollBack += writesOnTheTarget;
  }

  /** All that users were told, and what the shards have. */
  void judge(Ledger users, Ledger.Differences differences) {
    broken.addAll(differences.lost());
    broken.addAll(differences.unknown());
    broken.addAll(differences.duplicated());
    broken.addAll(users.failures());
    lost += differences.lost().size();
    unknown += differences.unknown().size();
    duplicated += differences.duplicated().size();
    errors += users.failures().size();
    writes += users.writes().size();
    refusals += users.refusals();
    users.writes().forEach(each -> slowestMillis = Math.max(slowestMillis, each.millis()));
  }

  /** How long writers of a group were kept out, and what writers of other slots felt of it. */
  void time(Ledger users, List<Pause> all, long firstMoveNanos) {
    all.forEach(pause -> pauses.add(pause.millis()));
    for (Written write : users.writes()) {
      if (write.endNanos() < firstMoveNanos) {
        before.add(write.millis());
      } else {
        List<Pause> meanwhile = all.stream().filter(pause -> isDuring(write, pause)).toList();
        if (meanwhile.isEmpty()) {
          moving.add(write.millis());
        } else if (meanwhile.stream().noneMatch(pause -> pause.slots().contains(write.slot()))) {
          beside.add(write.millis());
        }
      }
    }
  }

  private static boolean isDuring(Written write, Pause pause) {
    return write.endNanos() > pause.startNanos() && write.startNanos() < pause.endNanos();
  }

  void add(SeedReport other) {
    broken.addAll(other.broken);
    other.faults.forEach((kind, count) -> faults.merge(kind, count, Integer::sum));
    other.outcomes.forEach((state, count) -> outcomes.merge(state, count, Integer::sum));
    pauses.addAll(other.pauses);
    before.addAll(other.before);
    moving.addAll(other.moving);
    beside.addAll(other.beside);
    lost += other.lost;
    unknown += other.unknown;
    duplicated += other.duplicated;
    errors += other.errors;
    writes += other.writes;
    refusals += other.refusals;
    slowestMillis = Math.max(slowestMillis, other.slowestMillis);
    slowestRecoveryMillis = Math.max(slowestRecoveryMillis, other.slowestRecoveryMillis);
    writesBeforeRollBack += other.writesBeforeRollBack;
  }

  /** Whether every acknowledged write is there once, and no user saw an error. */
  boolean isKept() {
    return broken.isEmpty();
  }

  private static double part(List<Double> values, double part) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.isEmpty()
        ? 0
        : sorted.get((int) Math.min(sorted.size() - 1, Math.floor(sorted.size() * part)));
  }

  /** The head of the table of {@link #row}. */
  static String head() {
    return "| seed | moves | lost | twice | unknown | errors | writes | refused | pauses | p50 ms |"
        + " p99 ms | max ms | writes before p99 ms | moving | beside a freeze | slowest ms |"
        + " recovery ms | writes before a way back |";
  }

  /** Figures as a line of a table. */
  String row() {
    return String.format(
        Locale.ROOT,
        "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %.1f | %.1f | %.1f | %.1f of %d | %.1f of %d"
            + " | %.1f of %d | %.0f | %.0f | %d |",
        name,
        outcomes.values().stream().mapToInt(Integer::intValue).sum(),
        lost,
        duplicated,
        unknown,
        errors,
        writes,
        refusals,
        pauses.size(),
        part(pauses, 0.5),
        part(pauses, 0.99),
        part(pauses, 1),
        part(before, 0.99),
        before.size(),
        part(moving, 0.99),
        moving.size(),
        part(beside, 0.99),
        beside.size(),
        slowestMillis,
        slowestRecoveryMillis,
        writesBeforeRollBack);
  }

  @Override
  public String toString() {
    return row() + " " + outcomes + ' ' + faults + (broken.isEmpty() ? "" : " BROKEN: " + broken);
  }
}
