// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import io.scalingtoolkit.sample.platform.web.Problem;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The door to work that burns a core: a few callers inside, a bounded number waiting for a bounded
 * time, everybody else turned away with 503. Thread-safe; blocks its caller for at most the wait it
 * was built with.
 */
final class HashingGate {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final Semaphore permits;
  private final AtomicInteger waiting = new AtomicInteger();
  private final int queue;
  private final long maxWaitNanos;

  HashingGate(int concurrency, int queue, Duration maxWait) {
    this.permits = new Semaphore(concurrency, true);
    this.queue = queue;
    this.maxWaitNanos = maxWait.toNanos();
  }

  /**
   * Runs the work in the calling thread once a place is free.
   *
   * @throws Problem 503 when the queue is full or the wait is over
   */
  <T> T run(Supplier<T> work) {
    if (!permits.tryAcquire()) {
      waitForPlace();
    }
    try {
      return work.get();
    } finally {
      permits.release();
    }
  }

  private void waitForPlace() {
    if (waiting.incrementAndGet() > queue) {
      waiting.decrementAndGet();
      throw busy();
    }
    try {
      if (!permits.tryAcquire(maxWaitNanos, TimeUnit.NANOSECONDS)) {
        throw busy();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw busy();
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** Returns how many callers wait now; for the metric and for tests. */
  int waiting() {
    return waiting.get();
  }

  private static Problem busy() {
    return Problem.unavailable(RETRY_AFTER);
  }
}
