// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The right to do one thing now; close it when that is done.
 *
 * <pre>{@code
 * try (permit) {
 *   answer();
 *   permit.close(Outcome.SUCCESS);
 * }
 * }</pre>
 *
 * <p>The first close counts and later ones do nothing, on whatever threads. A permit that is never
 * closed is taken back when it is garbage, or older than {@link
 * AdaptiveLimiter.Builder#maxPermitAge}; that is counted as a leak and logged. Thread-safe.
 */
public final class Permit implements Verdict, AutoCloseable {
  private final PermitLedger.Entry entry;

  Permit(PermitLedger ledger, long startNanos) {
    this.entry = ledger.add(this, startNanos);
  }

  @Override
  public boolean isAdmitted() {
    return true;
  }

  /**
   * Gives the permit back.
   *
   * @return whether this was the first close, of a permit that had not been taken back
   */
  public boolean close(Outcome outcome) {
    try {
      return entry.giveBack(Objects.requireNonNull(outcome, "outcome"));
    } finally {
      // Or the collector might take it back as leaked while it is being closed.
      Reference.reachabilityFence(this);
    }
  }

  /** Gives the permit back with {@link Outcome#IGNORED}, unless it was closed before. */
  @Override
  public void close() {
    close(Outcome.IGNORED);
  }
}
