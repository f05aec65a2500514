// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.Reservation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What limiters with and without keys do alike with arguments and answers. */
final class Calls {
  private Calls() {}

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
    // Longer than anything is waited for, and exact in microseconds in a double.
    long furthest = Tariff.FURTHEST_MICROS * 1_000;
    return maxWait.compareTo(Duration.ofNanos(furthest)) > 0 ? furthest : maxWait.toNanos();
  }

  static Admission admission(Reservation reservation) {
    return reservation instanceof Reservation.Refused refused
        ? refused.rejection()
        : Admission.Admitted.NOW;
  }

  /** Waits for a turn that is asked for; cancelling gives it up, also before it is known. */
  static CompletionStage<Admission> turn(CompletableFuture<Reservation> asked) {
    CompletableFuture<Admission> turn = new CompletableFuture<>();
    var unusedBefore =
        turn.whenComplete(
            (admission, failure) -> {
              if (turn.isCancelled()) {
                asked.cancel(false);
              }
            });
    var unused =
        asked.whenComplete(
            (reservation, problem) -> {
              if (problem != null) {
                turn.completeExceptionally(problem);
                return;
              }
              CompletableFuture<Admission> due = reservation.toFuture();
              var unusedDue =
                  due.whenComplete((admission, failure) -> complete(turn, admission, failure));
              var unusedTurn =
                  turn.whenComplete(
                      (admission, failure) -> {
                        if (turn.isCancelled()) {
                          due.cancel(false);
                        }
                      });
            });
    return turn;
  }

  private static void complete(
      CompletableFuture<Admission> turn,
      @Nullable Admission admission,
      @Nullable Throwable failure) {
    if (failure == null) {
      turn.complete(admission);
    } else {
      turn.completeExceptionally(failure);
    }
  }
}
