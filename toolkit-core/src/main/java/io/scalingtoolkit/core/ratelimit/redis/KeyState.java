// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.scalingtoolkit.core.ratelimit.Admission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What this process knows of one key; thread-safe. Nothing is waited for with its lock held.
 *
 * <p>It keeps, for each bandwidth, the arrival time that Redis told last, on the clock of this
 * process. Redis owes at least that, since an arrival time moves on only, except where permits are
 * given back. Three things follow from that one number: a request that it leaves no room for is
 * refused without asking Redis; a key that Redis has lost is put back to it; and in an outage it is
 * where the local share begins, and afterwards what Redis is told.
 */
final class KeyState {
  private static final long CLOCK_STEP_MICROS = 1_000_000;
  private static final long ROUNDING_NANOS = 1_000;
  private static final double MOST_NANOS = 1e18;
  // A debt, what can be waited for and another debt still fit into a long.
  private static final double MOST_SHARE_NANOS = 3e18;
  private static final long[] NOTHING = {};

  /** A refusal that holds until a time, or until something changes. */
  private record Refusal(Tariff tariff, long permits, long untilNanos) {}

  final String storeKey;
  final Demand demand;
  final AtomicReference<@Nullable CompletableFuture<Void>> asking = new AtomicReference<>();
  private volatile @Nullable Refusal refusal;
  private volatile @Nullable Lease lease;
  // The rest is guarded by this.
  private @Nullable Lease next;
  private @Nullable Tariff tariff;
  // By bandwidth of the tariff, or empty while nothing is known.
  private long[] arrivals = NOTHING;
  private long toldMicros;
  private long localTakes;
  private boolean owesLocally;
  private long pausedUntilNanos;

  KeyState(String storeKey, long nowNanos) {
    this.storeKey = storeKey;
    this.demand = new Demand(nowNanos);
    this.pausedUntilNanos = nowNanos;
  }

  /** What is sent along to Redis, and what has to be known to read the answer; immutable. */
  record Question(List<String> arguments, long sentNanos, long localTakes, boolean owes) {}

  /** Returns the last refusal if it is of the same request and still holds. */
  Admission.@Nullable Rejected refused(Tariff current, long permits, long nowNanos) {
    Refusal last = refusal;
    if (last == null || last.tariff != current || last.permits != permits) {
      return null;
    }
    long left = last.untilNanos - nowNanos;
    return left <= 0 ? null : rejected(left);
  }

  private static Admission.Rejected rejected(long nanos) {
    return new Admission.Rejected(Admission.Reason.LIMIT, Duration.ofNanos(nanos));
  }

  /**
   * Refuses if what is known leaves no room in time.
   *
   * @param leased whether a pause between leases counts as well
   */
  synchronized Admission.@Nullable Rejected refuse(
      Tariff current, long permits, long patienceNanos, boolean leased, long nowNanos) {
    adopt(current, nowNanos);
    long wait = 0;
    for (int i = 0; i < arrivals.length; i++) {
      double nanos =
          Math.max(0, arrivals[i] - nowNanos)
              + permits * current.nanosPerPermit(i)
              - current.burstNanos(i);
      wait = Math.max(wait, (long) Math.ceil(nanos));
    }
    // What is known was rounded down to whole microseconds, so this is sure.
    boolean sure = wait - ROUNDING_NANOS > patienceNanos;
    wait = sure ? wait + ROUNDING_NANOS : 0;
    if (leased && patienceNanos == 0) {
      wait = Math.max(wait, pausedUntilNanos - nowNanos);
    }
    if (wait <= 0) {
      return null;
    }
    if (patienceNanos == 0) {
      refusal = new Refusal(current, permits, nowNanos + wait);
    }
    return rejected(wait);
  }

  /** Converts what is known into another limit, permit by permit, as Redis does. */
  private void adopt(Tariff current, long nowNanos) {
    Tariff before = tariff;
    if (before == current) {
      return;
    }
    tariff = current;
    if (before == null || arrivals.length == 0) {
      return;
    }
    long[] converted = new long[current.count];
    for (int i = 0; i < converted.length; i++) {
      double permits = 0;
      for (int j = 0; j < arrivals.length; j++) {
        if (arrivals.length != converted.length || i == j) {
          double owed = (arrivals[j] - nowNanos) / before.nanosPerPermit(j);
          permits = Math.max(permits, owed);
        }
      }
      double nanos = Math.min(MOST_NANOS, permits * current.nanosPerPermit(i));
      converted[i] = nowNanos + (long) nanos;
    }
    arrivals = converted;
  }

  /** Prepares a question for {@link Script#TAKE}. */
  synchronized Question question(
      Tariff current, long want, long least, long patienceNanos, long nowNanos) {
    adopt(current, nowNanos);
    long[] floors = arrivals.clone();
    boolean owes = false;
    for (int i = 0; i < floors.length; i++) {
      floors[i] = Math.max(0, floors[i] - nowNanos);
      owes |= floors[i] > ROUNDING_NANOS;
    }
    return new Question(
        current.takeArguments(want, least, patienceNanos, owesLocally, floors),
        nowNanos,
        localTakes,
        owes);
  }

  /**
   * Learns what Redis answered.
   *
   * @return whether Redis had lost what was owed
   */
  synchronized boolean learn(Tariff asked, Question question, Reply reply, long nowNanos) {
    boolean older =
        reply.nowMicros() < toldMicros && reply.nowMicros() > toldMicros - CLOCK_STEP_MICROS;
    adopt(asked, nowNanos);
    if (arrivals.length > 0 && (older || question.localTakes != localTakes)) {
      for (int i = 0; i < arrivals.length; i++) {
        long told = nowNanos + reply.aheadNanos(i);
        arrivals[i] = told - arrivals[i] > 0 ? told : arrivals[i];
      }
    } else {
      long[] told = new long[asked.count];
      for (int i = 0; i < told.length; i++) {
        told[i] = nowNanos + reply.aheadNanos(i);
      }
      arrivals = told;
      toldMicros = reply.nowMicros();
      owesLocally = false;
    }
    refusal = null;
    return reply.absent() && question.owes;
  }

  /** Forgets what is known, because it may be less now. */
  synchronized void forget() {
    if (!owesLocally) {
      tariff = null;
      arrivals = NOTHING;
    }
    refusal = null;
  }

  /**
   * Takes from the share of this process, without Redis.
   *
   * @param nodes how many processes share the limit, at least 1
   * @param taken receives the arrival times right after; of the number of bandwidths
   * @return the nanoseconds to wait for the permits, or the complement of those until they would be
   *     there in time
   */
  synchronized long takeShare(
      Tariff current, long permits, long patienceNanos, long nodes, long nowNanos, long[] taken) {
    adopt(current, nowNanos);
    if (arrivals.length == 0) {
      arrivals = new long[current.count];
      Arrays.fill(arrivals, nowNanos);
    }
    long wait = 0;
    for (int i = 0; i < taken.length; i++) {
      // One permit takes as many times longer to come back as there are processes.
      double permit = current.nanosPerPermit(i) * nodes;
      long burst = current.limit.bandwidths().get(i).burst() / nodes;
      long base = arrivals[i] - nowNanos > 0 ? arrivals[i] : nowNanos;
      taken[i] = base + (long) Math.min(MOST_SHARE_NANOS, Math.ceil(permits * permit));
      double room = Math.min(MOST_SHARE_NANOS, Math.max(permits, burst) * permit);
      double ahead = taken[i] - nowNanos - room;
      wait = Math.max(wait, (long) Math.ceil(ahead));
    }
    if (wait > patienceNanos) {
      return ~wait;
    }
    arrivals = taken.clone();
    localTakes++;
    owesLocally = true;
    refusal = null;
    return wait;
  }

  /** Gives back what was taken from the share, if nothing was taken since. */
  synchronized void giveBackShare(Tariff taker, long permits, long nodes, long[] taken) {
    if (tariff == taker && Arrays.equals(arrivals, taken)) {
      for (int i = 0; i < taken.length; i++) {
        arrivals[i] -= (long) Math.min(MOST_SHARE_NANOS, permits * taker.nanosPerPermit(i) * nodes);
      }
      refusal = null;
    }
  }

  /** Spends leased permits if so many are there. */
  boolean spend(Tariff current, long permits, long nowNanos) {
    Lease first = lease;
    if (first == null) {
      return false;
    }
    return (first.tariff == current && first.spend(permits, nowNanos))
        || spendBoth(current, permits, nowNanos);
  }

  synchronized boolean spendBoth(Tariff current, long permits, long nowNanos) {
    Lease first = lease;
    Lease second = next;
    // It may be another one than the caller had a moment ago.
    if (first != null && first.tariff == current && first.spend(permits, nowNanos)) {
      return true;
    }
    if (first == null || second == null || second.tariff != current) {
      return false;
    }
    if (first.tariff == current && first.live(nowNanos) + second.live(nowNanos) < permits) {
      return false;
    }
    long rest = first.tariff == current ? permits - first.drain(nowNanos) : permits;
    lease = second;
    next = null;
    return rest <= 0 || second.spend(rest, nowNanos);
  }

  /** Tells whether it is time to ask for the next lease. */
  boolean runsLow(long nowNanos) {
    Lease first = lease;
    return first != null && first.isHalfUsed(nowNanos) && asking.get() == null && !hasNext();
  }

  private synchronized boolean hasNext() {
    return next != null;
  }

  /**
   * Adds a lease.
   *
   * @return whether there is room for it; two of which something is left are all that is kept
   */
  synchronized boolean deposit(Lease granted, long nowNanos) {
    if (live(lease, granted.tariff, nowNanos) == 0) {
      lease = granted;
    } else if (live(next, granted.tariff, nowNanos) == 0) {
      next = granted;
    } else {
      return false;
    }
    refusal = null;
    return true;
  }

  /** Lets no lease be asked for until a time. */
  synchronized void pauseUntil(long nanos) {
    pausedUntilNanos = nanos;
  }

  /** Returns how many leased permits are there. */
  synchronized long leased(Tariff current, long nowNanos) {
    return live(lease, current, nowNanos) + live(next, current, nowNanos);
  }

  private static long live(@Nullable Lease held, Tariff current, long nowNanos) {
    return held == null || held.tariff != current ? 0 : held.live(nowNanos);
  }

  /** Takes out what is leased, to be given back. */
  synchronized List<Lease> takeLeases(Tariff current) {
    List<Lease> taken = new ArrayList<>();
    for (Lease held : new @Nullable Lease[] {lease, next}) {
      if (held != null && held.tariff == current) {
        taken.add(held);
      }
    }
    lease = null;
    next = null;
    return taken;
  }

  /** Returns how far ahead a bandwidth is known to owe, in nanoseconds, 0 or more. */
  synchronized long aheadNanos(Tariff current, int index, long nowNanos) {
    adopt(current, nowNanos);
    return arrivals.length == 0 ? 0 : Math.max(0, arrivals[index] - nowNanos);
  }

  /** Tells whether forgetting it costs nothing. */
  synchronized boolean isIdle(Tariff current, long nowNanos) {
    for (long arrival : arrivals) {
      if (arrival - nowNanos > 0) {
        return false;
      }
    }
    return asking.get() == null && leased(current, nowNanos) == 0;
  }
}
