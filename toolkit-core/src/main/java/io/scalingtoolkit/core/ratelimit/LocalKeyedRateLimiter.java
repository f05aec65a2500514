// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A limit for each key, in this process; thread-safe. */
final class LocalKeyedRateLimiter<K> implements KeyedRateLimiter<K> {
  // Memory: a key that owes nothing is as good as one that was never seen, so its cell may go. New
  // keys pay for it: each looks at a few cells, where the one before stopped, and takes out those
  // that are clear. When all places are taken by keys that owe, new keys share one cell: none of
  // those that owe is forgotten, and the flood gets what one key gets.
  private static final int SWEPT_PER_KEY = 4;
  private static final int SWEPT_WHEN_FULL = 64;

  private final MonotonicClock clock;
  private final long maxKeys;
  private final ConcurrentMap<K, Cell> cells = new ConcurrentHashMap<>();
  // Counted apart, since the map adds up its own count at each question.
  private final AtomicLong keys = new AtomicLong();
  private final LocalRateLimiter overflow;
  private final ReentrantLock sweep = new ReentrantLock();
  // Guarded by sweep.
  private @Nullable Iterator<Map.Entry<K, Cell>> hand;
  private volatile Limits limits;

  LocalKeyedRateLimiter(RateLimit limit, long maxKeys, MonotonicClock clock) {
    if (maxKeys < 1) {
      throw new IllegalArgumentException("maxKeys must be 1 or more, was " + maxKeys);
    }
    this.clock = Objects.requireNonNull(clock, "clock");
    this.maxKeys = maxKeys;
    this.limits = new Limits(Objects.requireNonNull(limit, "limit"), clock.nanoTime());
    this.overflow = new LocalRateLimiter(limit, clock);
  }

  @Override
  public Admission tryAcquire(K key, long permits) {
    Objects.requireNonNull(key, "key");
    Turns.checkPermits(permits);
    long now = clock.nanoTime();
    while (true) {
      Cell cell = find(key, now);
      if (cell == null) {
        return tooMany(overflow.tryAcquire(permits));
      }
      long answer = cell.take(now, permits, 0, null);
      if (answer != Cell.MOVED) {
        return Turns.admission(answer, Admission.Reason.LIMIT);
      }
    }
  }

  @Override
  public Reservation reserve(K key, long permits, Duration maxWait) {
    Objects.requireNonNull(key, "key");
    Turns.checkPermits(permits);
    long wait = Turns.checkWait(maxWait);
    long now = clock.nanoTime();
    while (true) {
      Cell cell = find(key, now);
      if (cell == null) {
        return tooMany(overflow.reserve(permits, maxWait));
      }
      long[] taken = new long[cell.limits.paces.length];
      long answer = cell.take(now, permits, wait, taken);
      if (answer != Cell.MOVED) {
        return Turns.reservation(clock, cell, now, permits, taken, answer, Admission.Reason.LIMIT);
      }
    }
  }

  @Override
  public Admission acquire(K key, long permits, Duration maxWait) throws InterruptedException {
    return Turns.await(reserve(key, permits, maxWait));
  }

  private static Admission tooMany(Admission admission) {
    return admission instanceof Admission.Rejected rejected ? tooMany(rejected) : admission;
  }

  private static Reservation tooMany(Reservation reservation) {
    return reservation instanceof Reservation.Refused refused
        ? new Reservation.Refused(tooMany(refused.rejection()))
        : reservation;
  }

  private static Admission.Rejected tooMany(Admission.Rejected rejected) {
    return rejected.reason() == Admission.Reason.LIMIT
        ? new Admission.Rejected(Admission.Reason.TOO_MANY_KEYS, rejected.retryAfter())
        : rejected;
  }

  /**
   * Returns the cell of a key, of the limits in force and not frozen a moment ago; null if full.
   */
  private @Nullable Cell find(K key, long nowNanos) {
    while (true) {
      Limits current = limits;
      if (current.areStale(nowNanos)) {
        current = renew(current, nowNanos);
      }
      Cell cell = cells.get(key);
      if (cell == null) {
        if (!makeRoom(nowNanos)) {
          return null;
        }
        cell = current.newCell();
        if (cells.putIfAbsent(key, cell) != null) {
          keys.decrementAndGet();
          continue;
        }
      }
      if (cell.limits == limits && !cell.isFrozen()) {
        return cell;
      }
      cell.freeze();
      // A cell that owes nothing goes; the next round makes a new one if the key still has a place.
      if (cell.limits.isClear(cell.arrivals(), nowNanos)) {
        forget(key, cell);
      } else {
        cells.replace(key, cell, cell.successor(current, nowNanos));
      }
    }
  }

  private void forget(K key, Cell cell) {
    if (cells.remove(key, cell)) {
      keys.decrementAndGet();
    }
  }

  /** Takes a place for a new key; false if there is none. */
  private boolean makeRoom(long nowNanos) {
    sweep(SWEPT_PER_KEY, nowNanos);
    if (keys.incrementAndGet() <= maxKeys) {
      return true;
    }
    sweep(SWEPT_WHEN_FULL, nowNanos);
    if (keys.get() <= maxKeys) {
      return true;
    }
    keys.decrementAndGet();
    return false;
  }

  /**
   * Looks at so many cells and takes out those that owe nothing; leaves it to others if they do.
   */
  private void sweep(int count, long nowNanos) {
    if (!sweep.tryLock()) {
      return;
    }
    try {
      Iterator<Map.Entry<K, Cell>> entries = hand;
      for (int i = 0; i < count; i++) {
        if (entries == null || !entries.hasNext()) {
          entries = cells.entrySet().iterator();
          hand = entries;
          if (!entries.hasNext()) {
            return;
          }
        }
        Map.Entry<K, Cell> entry = entries.next();
        if (entry.getValue().freezeIfClear(nowNanos)) {
          forget(entry.getKey(), entry.getValue());
        }
      }
    } finally {
      sweep.unlock();
    }
  }

  private synchronized Limits renew(Limits stale, long nowNanos) {
    if (limits == stale) {
      limits = stale.from(nowNanos);
    }
    return limits;
  }

  @Override
  public List<Quota> quotas(K key) {
    long now = clock.nanoTime();
    Cell cell = cells.get(Objects.requireNonNull(key, "key"));
    Limits current = limits;
    Cell shown = cell == null ? current.newCell() : cell;
    if (shown.limits != current) {
      shown = shown.successor(current, now);
    }
    return Turns.quotas(shown.limits, shown.arrivals(), now);
  }

  @Override
  public RateLimit limit() {
    return limits.limit;
  }

  @Override
  public synchronized void setLimit(RateLimit limit) {
    limits = new Limits(Objects.requireNonNull(limit, "limit"), clock.nanoTime());
    overflow.setLimit(limit);
  }

  @Override
  public String toString() {
    return "KeyedRateLimiter[" + limit() + ", " + keys.get() + " keys]";
  }
}
