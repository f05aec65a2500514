// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.time.Duration;
import java.util.List;

/**
 * What a {@link StalenessCheck} found. Immutable.
 *
 * @param totals how many operations there were
 * @param bound how long a read may be behind
 * @param tooOld reads that began more than the bound after an invalidation had returned and got an
 *     older version than that
 * @param olderThanOwn reads that began after an invalidation of the same process had returned and
 *     got an older version than that
 * @param wentBack reads that got an older version than the same thread had got before; no
 *     violation, since a cache may know less for as long as the bound
 * @param lag how long after an invalidation had returned a read began that got an older version
 * @param examples the first violations, a line each
 */
public record StalenessReport(
    Totals totals,
    Duration bound,
    long tooOld,
    long olderThanOwn,
    long wentBack,
    Lag lag,
    List<String> examples) {
  /**
   * How many operations there were. Immutable.
   *
   * @param reads reads that got a version
   * @param stale those of them that got an older one than had been invalidated, within the bound or
   *     not
   * @param hits reads answered from memory, as far as the caches know
   * @param loads calls of loaders
   * @param invalidations invalidations that returned
   * @param failures reads and invalidations that ended with an exception
   */
  public record Totals(
      long reads, long stale, long hits, long loads, long invalidations, long failures) {}

  /**
   * How long invalidations took to reach everybody, counted from their return; zero for those that
   * nobody saw too late. Immutable.
   *
   * @param p50 of all invalidations
   * @param p99 of all invalidations
   * @param max of all invalidations
   */
  public record Lag(Duration p50, Duration p99, Duration max) {}

  /** Copies the examples. */
  public StalenessReport {
    examples = List.copyOf(examples);
  }

  /** Returns the number of violations. */
  public long violations() {
    return tooOld + olderThanOwn;
  }

  /** Says whether there is something to judge and nothing wrong with it. */
  public boolean isClean() {
    return totals.reads > 0 && totals.invalidations > 0 && violations() == 0;
  }

  /** Returns the whole report in lines for a person. */
  @Override
  public String toString() {
    return """
        %s: %,d reads, %,d from memory, %,d loads, %,d invalidations, %,d failures
          %,d reads older than the bound of %d ms, %,d older than the own invalidation
          %,d stale within the bound, %,d went back; an invalidation is known p50 %s, p99 %s, max %s
          %s"""
        .formatted(
            isClean() ? "clean" : "NOT CLEAN",
            totals.reads,
            totals.hits,
            totals.loads,
            totals.invalidations,
            totals.failures,
            tooOld,
            bound.toMillis(),
            olderThanOwn,
            totals.stale - tooOld,
            wentBack,
            millis(lag.p50),
            millis(lag.p99),
            millis(lag.max),
            String.join("\n  ", examples))
        .strip();
  }

  private static String millis(Duration time) {
    return "%.1f ms".formatted(time.toNanos() / 1e6);
  }
}
