// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

/** One limit in this process; thread-safe, lock-free. */
final class LocalRateLimiter implements RateLimiter {
  private static final AtomicReferenceFieldUpdater<LocalRateLimiter, Cell> CELL =
      AtomicReferenceFieldUpdater.newUpdater(LocalRateLimiter.class, Cell.class, "cell");

  private final MonotonicClock clock;
  private volatile Limits limits;
  private volatile Cell cell;

  LocalRateLimiter(RateLimit limit, MonotonicClock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
    this.limits = new Limits(Objects.requireNonNull(limit, "limit"), clock.nanoTime());
    this.cell = limits.newCell();
  }

  @Override
  public Admission tryAcquire(long permits) {
    Turns.checkPermits(permits);
    long now = clock.nanoTime();
    while (true) {
      Cell current = cell;
      long answer = current.take(now, permits, 0, null);
      if (answer != Cell.MOVED) {
        return Turns.admission(answer, Admission.Reason.LIMIT);
      }
      replace(current, now);
    }
  }

  @Override
  public Reservation reserve(long permits, Duration maxWait) {
    Turns.checkPermits(permits);
    long wait = Turns.checkWait(maxWait);
    long now = clock.nanoTime();
    while (true) {
      Cell current = cell;
      long[] taken = new long[current.limits.paces.length];
      long answer = current.take(now, permits, wait, taken);
      if (answer != Cell.MOVED) {
        return Turns.reservation(
            clock, current, now, permits, taken, answer, Admission.Reason.LIMIT);
      }
      replace(current, now);
    }
  }

  @Override
  public Admission acquire(long permits, Duration maxWait) throws InterruptedException {
    return Turns.await(reserve(permits, maxWait));
  }

  /** Puts a cell of the limits in force in the place of one of other or stale limits. */
  private void replace(Cell old, long nowNanos) {
    Limits next = limits;
    if (next.areStale(nowNanos)) {
      next = renew(next, nowNanos);
    }
    old.freeze();
    CELL.compareAndSet(this, old, old.successor(next, nowNanos));
  }

  private synchronized Limits renew(Limits stale, long nowNanos) {
    if (limits == stale) {
      limits = stale.from(nowNanos);
    }
    return limits;
  }

  @Override
  public List<Quota> quotas() {
    Cell current = cell;
    return Turns.quotas(current.limits, current.arrivals(), clock.nanoTime());
  }

  @Override
  public RateLimit limit() {
    return limits.limit;
  }

  @Override
  public synchronized void setLimit(RateLimit limit) {
    long now = clock.nanoTime();
    Limits next = new Limits(Objects.requireNonNull(limit, "limit"), now);
    limits = next;
    while (cell.limits != next) {
      replace(cell, now);
    }
  }

  @Override
  public String toString() {
    return "RateLimiter[" + limit() + "]";
  }
}
