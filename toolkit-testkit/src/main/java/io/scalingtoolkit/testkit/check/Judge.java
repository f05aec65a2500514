// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.time.Duration;
import java.util.Objects;

/**
 * Looks for violations of session guarantees in a history. Immutable.
 *
 * <p>Times are compared within one monotonic clock. An operation comes before another one of its
 * session when it had ended before the other began; operations that overlap are not ordered, and
 * operations of two sessions are compared for staleness only. See {@link Guarantee} for what is
 * looked for.
 *
 * <p><b>What a history cannot show.</b> A stale read that the session could not notice, because it
 * had seen and written nothing newer (staleness shows it). A dependency that is not in a row: rows
 * name one each, and dependencies of dependencies are not followed. Whether an unanswered write
 * happened: it is never required, and seeing it is allowed. A lost write that a later write of its
 * key has covered and that nobody read in between. Anything inside a transaction of several
 * statements: an operation is one read or one write.
 *
 * <p>Judging takes memory in proportion to the number of writes and stale reads, on top of the
 * history.
 */
public final class Judge {
  private static final int DEFAULT_EXAMPLES = 10;

  private final long boundNanos;
  private final int examples;

  private Judge(long boundNanos, int examples) {
    this.boundNanos = boundNanos;
    this.examples = examples;
  }

  /** Returns a judge that measures staleness and finds none too large. */
  public static Judge unbounded() {
    return new Judge(Long.MAX_VALUE, DEFAULT_EXAMPLES);
  }

  /**
   * Returns a judge that also counts the reads that are staler than this.
   *
   * @param bound zero or more
   */
  public static Judge bounded(Duration bound) {
    if (Objects.requireNonNull(bound, "bound").isNegative()) {
      throw new IllegalArgumentException("bound must not be negative; got " + bound);
    }
    return new Judge(bound.toNanos(), DEFAULT_EXAMPLES);
  }

  /**
   * Returns a judge like this one whose reports show at most so many violations of each guarantee,
   * those that began first.
   *
   * @param count at least 1; 10 unless set
   */
  public Judge showing(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1; got " + count);
    }
    return new Judge(boundNanos, count);
  }

  /**
   * Judges a history. The same history always gets the same report.
   *
   * @throws IllegalArgumentException if two writes of the history, other than failed ones, gave a
   *     key the same version
   */
  public CheckReport judge(History history) {
    WriteIndex writes = new WriteIndex(history);
    Findings findings = new Findings(history, this);
    SessionSweep sweep = new SessionSweep(history, writes, findings);
    for (int session = 0; session < history.logs().size(); session++) {
      sweep.judge(session);
    }
    for (int key = 0; key < history.finalVersions().size(); key++) {
      compareFinal(writes, key, history.finalVersions().get(key), findings);
    }
    return findings.report();
  }

  long boundNanos() {
    return boundNanos;
  }

  int examples() {
    return examples;
  }

  private static void compareFinal(WriteIndex writes, int key, int version, Findings findings) {
    findings.checked(Guarantee.NO_LOST_WRITES);
    for (int at = writes.end(key) - 1;
        at >= writes.first(key) && writes.version(at) > version;
        at--) {
      if (!writes.isAcknowledged(at)) {
        continue;
      }
      if (writes.isDeclaredLost(at)) {
        findings.lostAsDeclared(writes.session(at));
      } else {
        findings.lost(writes.session(at), writes.sequence(at), version);
      }
    }
  }
}
