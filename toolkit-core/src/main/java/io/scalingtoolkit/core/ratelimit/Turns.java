// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;

/** What limiters with and without keys do alike with the cell they have found. */
final class Turns {
  private Turns() {}

  static long checkPermits(long permits) {
    if (permits < 1) {
      throw new IllegalArgumentException("permits must be 1 or more, were " + permits);
    }
    return permits;
  }

  static long checkWait(Duration maxWait) {
    if (maxWait.isNegative()) {
      throw new IllegalArgumentException("maxWait must be 0 or more, was " + maxWait);
    }
    try {
      return Math.min(Cell.UNCOUNTED - 1, maxWait.toNanos());
    } catch (ArithmeticException e) {
      return Cell.UNCOUNTED - 1; // further ahead than any turn
    }
  }

  /** Turns what {@link Cell#take} says into an answer. */
  static Admission admission(long answer, Admission.Reason reason) {
    return answer >= 0 ? Admission.Admitted.NOW : rejected(answer, reason);
  }

  static Admission.Rejected rejected(long answer, Admission.Reason reason) {
    if (answer == Cell.ABOVE_BURST) {
      return new Admission.Rejected(Admission.Reason.ABOVE_BURST, Admission.Rejected.NEVER);
    }
    return new Admission.Rejected(reason, Duration.ofNanos(~answer));
  }

  static Reservation reservation(
      MonotonicClock clock,
      Cell cell,
      long nowNanos,
      long permits,
      long[] taken,
      long answer,
      Admission.Reason reason) {
    return answer >= 0
        ? new Reservation.Held(clock, nowNanos + answer, () -> cell.giveBack(permits, taken))
        : new Reservation.Refused(rejected(answer, reason));
  }

  /** Waits for a turn. */
  static Admission await(Reservation reservation) throws InterruptedException {
    if (reservation instanceof Reservation.Refused refused) {
      return refused.rejection();
    }
    Reservation.Held held = (Reservation.Held) reservation;
    long left = held.delayNanos();
    while (left > 0) {
      LockSupport.parkNanos(held, left);
      if (Thread.interrupted()) {
        held.cancel();
        throw new InterruptedException("interrupted while waiting for a permit");
      }
      left = held.delayNanos();
    }
    if (!held.use()) {
      throw new CancellationException("the turn was given up");
    }
    return Admission.Admitted.NOW;
  }

  static List<Quota> quotas(Limits limits, long[] arrivals, long nowNanos) {
    List<Quota> quotas = new ArrayList<>();
    for (int i = 0; i < arrivals.length; i++) {
      Pace pace = limits.paces[i];
      long debt = limits.debt(i, arrivals[i], nowNanos);
      quotas.add(
          new Quota(
              limits.limit.bandwidths().get(i),
              pace.remaining(debt),
              Duration.ofNanos(debt == 0 ? 0 : pace.nanos(debt))));
    }
    return quotas;
  }
}
