// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Decides how often something may be done.
 *
 * <p>{@code tryAcquire} answers at once, {@code acquire} waits for its turn, {@code reserve} takes
 * its turn and leaves the waiting to the caller. Whoever waits has a time of his own from the
 * start, in the order of the calls, so nobody is overtaken by later ones and nobody polls.
 *
 * <p>Implementations are thread-safe.
 */
public interface RateLimiter {

  /** Takes one permit if it is there. */
  default Admission tryAcquire() {
    return tryAcquire(1);
  }

  /**
   * Takes permits if all of them are there.
   *
   * @param permits at least 1
   * @throws IllegalArgumentException if {@code permits} is less than 1
   */
  Admission tryAcquire(long permits);

  /**
   * Takes permits and waits until they are there. A virtual thread is not pinned meanwhile.
   *
   * @param permits at least 1
   * @param maxWait how long to wait at most, 0 or more; who would have to wait longer is told so at
   *     once
   * @throws InterruptedException if interrupted; permits that were not there yet are given back
   * @throws IllegalArgumentException if an argument is out of range
   */
  Admission acquire(long permits, Duration maxWait) throws InterruptedException;

  /**
   * Takes permits and tells when they are there; does not wait.
   *
   * @param permits at least 1
   * @param maxWait how far ahead they may be, 0 or more
   * @throws IllegalArgumentException if an argument is out of range
   */
  Reservation reserve(long permits, Duration maxWait);

  /**
   * Takes permits; the stage completes when they are there, on a thread that must not be blocked.
   * Cancelling its future before that gives them back.
   *
   * @param permits at least 1
   * @param maxWait how far ahead they may be, 0 or more; if they are further it completes at once
   * @throws IllegalArgumentException if an argument is out of range
   */
  default CompletionStage<Admission> acquireAsync(long permits, Duration maxWait) {
    return AsyncAdmission.of(reserve(permits, maxWait));
  }

  /** Returns what is left of each bandwidth now, in their order. */
  List<Quota> quotas();

  /** Returns the limit in force. */
  RateLimit limit();

  /**
   * Changes the limit, at once and for everybody. What was taken stays taken, permit by permit: a
   * lower limit does not admit a new burst, and a higher one gives only the difference.
   */
  void setLimit(RateLimit limit);
}
