// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** A turn that was taken, or the answer that there is none in time. */
public sealed interface Reservation {

  /**
   * Waits for the turn. A virtual thread is not pinned meanwhile.
   *
   * @return the admission, or at once the refusal
   * @throws InterruptedException if interrupted; the turn is then given up
   * @throws CancellationException if the turn was given up by somebody else
   */
  default Admission await() throws InterruptedException {
    return Turns.await(this);
  }

  /**
   * Returns a future that completes when the turn comes, on a thread that must not be blocked;
   * cancelling it gives the turn up, and giving the turn up cancels it.
   */
  default CompletableFuture<Admission> toFuture() {
    return AsyncAdmission.of(this);
  }

  /** No turn in time; nothing is taken. Immutable. */
  record Refused(Admission.Rejected rejection) implements Reservation {}

  /** A turn. Whoever has it may go ahead once {@link #delay} is zero. Thread-safe. */
  final class Held implements Reservation {
    private final MonotonicClock clock;
    private final long dueNanos;
    private final Runnable giveBack;
    // True once the turn is given up, false once it is used; whichever comes first.
    private final CompletableFuture<Boolean> givenUp = new CompletableFuture<>();

    /**
     * Makes a turn; for limiters that keep their state elsewhere.
     *
     * @param dueNanos when it comes, as a reading of {@code clock}
     * @param giveBack what {@link #cancel} does, at most once
     */
    public Held(MonotonicClock clock, long dueNanos, Runnable giveBack) {
      this.clock = clock;
      this.dueNanos = dueNanos;
      this.giveBack = giveBack;
    }

    /** Returns how long to wait from now on, 0 or more. */
    public Duration delay() {
      return Duration.ofNanos(delayNanos());
    }

    long delayNanos() {
      return Math.max(0, dueNanos - clock.nanoTime());
    }

    /**
     * Gives the turn back if it is still to come. What later turns were reckoned from it stays
     * taken, so that nobody's turn moves; after a change of the limit nothing is given back.
     *
     * @return whether the turn was given up; false if it had come, or was given up before
     */
    public boolean cancel() {
      if (delayNanos() == 0 || !givenUp.complete(true)) {
        return false;
      }
      giveBack.run();
      return true;
    }

    /** Uses the turn, which cannot be given up any more; false if it was. */
    boolean use() {
      return (!givenUp.isDone() && givenUp.complete(false)) || !givenUp.join();
    }

    /** Has {@code task} run when the turn is given up, at once if it was. */
    void whenGivenUp(Runnable task) {
      var unused =
          givenUp.thenAccept(
              up -> {
                if (up) {
                  task.run();
                }
              });
    }
  }
}
