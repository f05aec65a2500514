// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Judge} found. Immutable.
 *
 * @param totals how many operations there were
 * @param checks how many reads could have violated each guarantee, because their session was
 *     entitled to some version; for lost writes the number of keys. A guarantee with few checks has
 *     not been tested, whatever its violations
 * @param violations how many violations of each guarantee there were, all of them as keys; one read
 *     can violate several guarantees
 * @param examples the first violations of each guarantee
 * @param staleness how old the reads were
 * @param losses what was lost in windows that were declared
 * @param nodes what each node did, by its name, {@code unknown} for operations without one
 */
public record CheckReport(
    Totals totals,
    Map<Guarantee, Long> checks,
    Map<Guarantee, Long> violations,
    List<Violation> examples,
    Staleness staleness,
    Losses losses,
    Map<String, NodeTotals> nodes) {
  /**
   * How many operations there were. Immutable.
   *
   * @param reads reads that saw a version
   * @param writes acknowledged writes
   * @param failed reads and writes without effect, which nothing is concluded from
   * @param unknown writes without an answer
   */
  public record Totals(long reads, long writes, long failed, long unknown) {}

  /**
   * A broken guarantee. Immutable.
   *
   * @param guarantee which one
   * @param earlier the operation that entitled the session to a version, or the lost write; null
   *     for an invented version
   * @param later the read that did not see it; null for a lost write
   * @param required the lowest version that would have been right
   * @param found the version that was seen, or the final one
   */
  public record Violation(
      Guarantee guarantee,
      @Nullable Operation earlier,
      @Nullable Operation later,
      int required,
      int found) {
    /** Returns the violation and both operations, three lines. */
    @Override
    public String toString() {
      return "%s: version %d or newer was due, version %d was there%n  earlier: %s%n  later:   %s"
          .formatted(
              guarantee,
              required,
              found,
              earlier == null ? "nobody wrote it before the read ended" : earlier,
              later == null ? "the final state" : later);
    }
  }

  /**
   * How old reads were: for how long a newer version of the key than the one seen had been
   * acknowledged when the read began, zero if none had been. Immutable.
   *
   * @param p50 of all reads, those that were not stale too
   * @param p99 of all reads
   * @param max of all reads
   * @param stale how many reads were stale at all
   * @param bound what the judge was told, or null
   * @param aboveBound how many reads were staler than the bound
   */
  public record Staleness(
      Duration p50,
      Duration p99,
      Duration max,
      long stale,
      @Nullable Duration bound,
      long aboveBound) {}

  /**
   * What was lost in declared windows. Immutable.
   *
   * @param writes acknowledged writes that the final state does not have
   * @param reads reads after the promotion that missed something their session was entitled to,
   *     once for each key and guarantee
   * @param sessions the sessions concerned, ascending
   */
  public record Losses(long writes, long reads, List<Integer> sessions) {}

  /**
   * What a node did. Immutable.
   *
   * @param reads reads it answered
   * @param writes writes it acknowledged
   * @param violations violations by its reads
   * @param maxStaleness the largest staleness of its reads
   */
  public record NodeTotals(long reads, long writes, long violations, Duration maxStaleness) {}

  /** Copies the collections. */
  public CheckReport {
    checks = Collections.unmodifiableMap(new EnumMap<>(checks));
    violations = Collections.unmodifiableMap(new EnumMap<>(violations));
    examples = List.copyOf(examples);
    nodes = Collections.unmodifiableMap(new TreeMap<>(nodes));
  }

  /** Returns the number of violations of all guarantees; staleness is not among them. */
  public long totalViolations() {
    return violations.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Says whether there is something to judge and nothing wrong with it: at least one read and one
   * write, no violation, no read above the bound. Declared losses are not wrong.
   */
  public boolean isClean() {
    return totals.reads > 0
        && totals.writes > 0
        && totalViolations() == 0
        && staleness.aboveBound == 0;
  }

  /** Returns the whole report in lines for a person. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(1024);
    line(
        text,
        "%s: %,d reads, %,d writes, %,d failed, %,d unknown",
        isClean() ? "clean" : "NOT CLEAN",
        totals.reads,
        totals.writes,
        totals.failed,
        totals.unknown);
    violations.forEach(
        (guarantee, count) ->
            line(
                text, "  %-21s %,9d violations in %,d checks", guarantee, count, check(guarantee)));
    line(
        text,
        "  staleness: p50 %s, p99 %s, max %s; %,d stale reads%s",
        millis(staleness.p50),
        millis(staleness.p99),
        millis(staleness.max),
        staleness.stale,
        staleness.bound == null
            ? ""
            : ", %,d above %s".formatted(staleness.aboveBound, millis(staleness.bound)));
    if (!losses.sessions.isEmpty()) {
      line(
          text,
          "  declared lost: %,d writes, missed by %,d reads, of sessions %s",
          losses.writes,
          losses.reads,
          losses.sessions);
    }
    nodes.forEach(
        (name, node) ->
            line(
                text,
                "  %s: %,d reads, %,d writes, %,d violations, stale up to %s",
                name,
                node.reads,
                node.writes,
                node.violations,
                millis(node.maxStaleness)));
    examples.forEach(example -> line(text, "%s", example));
    return text.toString();
  }

  private long check(Guarantee guarantee) {
    return checks.getOrDefault(guarantee, 0L);
  }

  private static String millis(Duration duration) {
    return "%.1f ms".formatted(duration.toNanos() / 1e6);
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(format.formatted(arguments)).append(System.lineSeparator());
  }
}
