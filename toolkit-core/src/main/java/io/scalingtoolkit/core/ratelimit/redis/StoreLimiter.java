// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.Quota;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.Reservation;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limit of one name and all its keys; thread-safe.
 *
 * <p>An answer comes from the first that has one: a refusal that still holds, a lease, what is
 * known of the key, Redis, and in an outage the share of this process.
 */
final class StoreLimiter {
  private static final Logger LOG = LoggerFactory.getLogger(StoreLimiter.class);
  private static final Reservation.Held NOW = new Reservation.Held(() -> 0, 0, () -> {});
  private static final double LEASE_NANOS = 100e6;
  private static final long SMALLEST_LEASE = 8;
  private static final double DECISIONS_PER_CALL = 100;
  private static final double LONGEST_PAUSE_NANOS = 20e6;
  private static final int LEASES_PER_ANSWER = 3;
  private static final Duration RETRY_CLOSED = Duration.ofSeconds(1);

  private final String prefix;
  private final boolean leasing;
  private final RedisRateLimiters.Outage outage;
  private final Store store;
  private final Health health;
  private final LimitMeters meters;
  private final MonotonicClock clock;
  private final long timeoutNanos;
  private final KeyTable table;
  private final KeyState overflow;
  private final AtomicBoolean toldForeign = new AtomicBoolean();
  private volatile Tariff tariff;
  private volatile long lostNanos;
  private volatile boolean everLost;

  StoreLimiter(
      String prefix,
      RateLimit limit,
      RedisRateLimiters.Mode mode,
      RedisRateLimiters.Settings settings,
      Store store,
      Health health,
      LimitMeters meters) {
    this.prefix = prefix;
    this.leasing = mode == RedisRateLimiters.Mode.LEASED;
    this.outage = settings.outage();
    this.store = store;
    this.health = health;
    this.meters = meters;
    this.clock = settings.clock();
    // A little less, so that the call itself is over in time and not only its wait.
    this.timeoutNanos = settings.timeout().toNanos() / 20 * 19;
    this.table = new KeyTable(settings.maxKeys());
    this.overflow = new KeyState(prefix, clock.nanoTime());
    this.tariff = new Tariff(limit);
  }

  /** Takes a turn, or tells that there is none in time; waits for Redis no longer than its time. */
  Reservation reserve(String key, long permits, long patienceNanos) {
    long now = clock.nanoTime();
    Tariff current = tariff;
    KeyState state = find(key, now);
    Reservation known = known(current, state, permits, patienceNanos, now);
    if (known != null) {
      return known;
    }
    CompletableFuture<Reservation> asked = new CompletableFuture<>();
    ask(current, state, permits, patienceNanos, asked, LEASES_PER_ANSWER);
    return await(current, state, permits, patienceNanos, asked);
  }

  /** As {@link #reserve}, and waits for nothing. */
  CompletableFuture<Reservation> reserveAsync(String key, long permits, long patienceNanos) {
    long now = clock.nanoTime();
    Tariff current = tariff;
    KeyState state = find(key, now);
    Reservation known = known(current, state, permits, patienceNanos, now);
    if (known != null) {
      return CompletableFuture.completedFuture(known);
    }
    CompletableFuture<Reservation> asked = new CompletableFuture<>();
    ask(current, state, permits, patienceNanos, asked, LEASES_PER_ANSWER);
    CompletableFuture<Reservation> answered =
        asked
            .orTimeout(timeoutNanos, TimeUnit.NANOSECONDS)
            .exceptionally(
                problem -> {
                  if (problem instanceof TimeoutException) {
                    timedOut(state);
                  }
                  return withoutStore(current, state, permits, patienceNanos);
                });
    var unused =
        answered.whenComplete(
            (reservation, problem) -> {
              if (answered.isCancelled()) {
                asked.cancel(false); // so that what Redis grants is given back
              }
            });
    return answered;
  }

  private KeyState find(String key, long nowNanos) {
    KeyState state = table.get(key);
    if (state != null) {
      return state;
    }
    KeyState created = new KeyState(storeKey(key), nowNanos);
    KeyState added = table.add(key, created, idle -> idle.isIdle(tariff, nowNanos));
    if (added != null) {
      return added;
    }
    // Nothing is remembered of it: Redis is asked each time, and an outage has one share for all.
    return health.isUsable() ? created : overflow;
  }

  private String storeKey(String key) {
    return prefix + "{" + key + "}";
  }

  /** Answers from what is known here, or returns null if Redis has to be asked. */
  private @Nullable Reservation known(
      Tariff current, KeyState state, long permits, long patienceNanos, long now) {
    state.demand.count();
    if (permits > current.smallestBurst) {
      meters.refused(LimitMeters.Source.KNOWN);
      return new Reservation.Refused(
          new Admission.Rejected(Admission.Reason.ABOVE_BURST, Admission.Rejected.NEVER));
    }
    if (patienceNanos == 0) {
      Admission.Rejected refused = state.refused(current, permits, now);
      if (refused != null) {
        meters.refused(LimitMeters.Source.KNOWN);
        return new Reservation.Refused(refused);
      }
    }
    if (leasing && state.spend(current, permits, now)) {
      if (state.runsLow(now) && health.isUsable()) {
        long size = leaseSize(current, state, 1, now);
        if (size > 0) {
          var unused = askLease(current, state, 1, size, now);
        }
      }
      meters.admitted(LimitMeters.Source.LEASE);
      return NOW;
    }
    if (!health.isUsable()) {
      return withoutStore(current, state, permits, patienceNanos);
    }
    Admission.Rejected refused = state.refuse(current, permits, patienceNanos, leasing, now);
    if (refused != null) {
      meters.refused(LimitMeters.Source.KNOWN);
      return new Reservation.Refused(refused);
    }
    return null;
  }

  private Reservation await(
      Tariff current,
      KeyState state,
      long permits,
      long patienceNanos,
      CompletableFuture<Reservation> asked) {
    long deadline = clock.nanoTime() + timeoutNanos;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return asked.get(deadline - clock.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          // If that fails, the answer came in this moment.
          if (asked.completeExceptionally(e)) {
            timedOut(state);
          }
        } catch (ExecutionException | CancellationException e) {
          return withoutStore(current, state, permits, patienceNanos);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void ask(
      Tariff current,
      KeyState state,
      long permits,
      long patienceNanos,
      CompletableFuture<Reservation> asked,
      int leases) {
    long now = clock.nanoTime();
    long size =
        leasing && patienceNanos == 0 && leases > 0 ? leaseSize(current, state, permits, now) : 0;
    if (size == 0) {
      askPermits(current, state, permits, patienceNanos, asked, now);
      return;
    }
    var unused =
        askLease(current, state, permits, size, now)
            .whenComplete(
                (nothing, problem) -> {
                  if (asked.isDone()) {
                    return;
                  }
                  if (problem != null) {
                    asked.completeExceptionally(problem);
                    return;
                  }
                  Reservation known = known(current, state, permits, 0, clock.nanoTime());
                  if (known == null) {
                    ask(current, state, permits, 0, asked, leases - 1);
                  } else {
                    asked.complete(known);
                  }
                });
  }

  /** Asks Redis for just these permits. */
  private void askPermits(
      Tariff current,
      KeyState state,
      long permits,
      long patienceNanos,
      CompletableFuture<Reservation> asked,
      long now) {
    KeyState.Question question = state.question(current, permits, permits, patienceNanos, now);
    var unused =
        take(current, state, question)
            .whenComplete(
                (reply, problem) -> {
                  if (problem != null) {
                    if (!asked.isDone()) {
                      failed(state, problem);
                    }
                    asked.completeExceptionally(problem);
                  } else if ((asked.isDone()
                          || !asked.complete(answer(current, state, permits, reply)))
                      && reply.granted() > 0) {
                    // Whoever asked has gone, perhaps with another answer.
                    var unusedGift =
                        giveBack(current, state, reply.granted(), reply.arrivals(), true);
                  }
                });
  }

  private Reservation answer(Tariff current, KeyState state, long permits, Reply reply) {
    if (reply.granted() == 0) {
      meters.refused(LimitMeters.Source.REDIS);
      return new Reservation.Refused(
          new Admission.Rejected(Admission.Reason.LIMIT, Duration.ofNanos(reply.waitNanos())));
    }
    meters.admitted(LimitMeters.Source.REDIS);
    return reply.waitNanos() == 0
        ? NOW
        : new Reservation.Held(
            clock,
            clock.nanoTime() + reply.waitNanos(),
            () -> {
              var unused = giveBack(current, state, permits, reply.arrivals(), true);
            });
  }

  /** Asks Redis for a lease, or joins whoever does. */
  private CompletableFuture<Void> askLease(
      Tariff current, KeyState state, long least, long size, long now) {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> other = state.asking.compareAndExchange(null, mine);
    if (other != null) {
      return other;
    }
    KeyState.Question question = state.question(current, size, least, 0, now);
    var unused =
        take(current, state, question)
            .whenComplete(
                (reply, problem) -> {
                  if (problem == null) {
                    leased(current, state, size, question, reply);
                  }
                  boolean waitedFor = state.asking.compareAndSet(mine, null);
                  if (problem == null) {
                    mine.complete(null);
                  } else {
                    if (waitedFor) {
                      failed(state, problem);
                    }
                    mine.completeExceptionally(problem);
                  }
                });
    return mine;
  }

  private void leased(
      Tariff current, KeyState state, long size, KeyState.Question question, Reply reply) {
    long now = clock.nanoTime();
    if (reply.granted() < size) {
      // The limit is what counts now. Permits gather for a while, so that the next lease is worth
      // the call; but not so long that the burst would be there again.
      double pause = DECISIONS_PER_CALL / Math.max(1e-9, state.demand.perNano(now));
      for (int i = 0; i < current.count; i++) {
        pause = Math.min(pause, current.burstNanos(i) / 8);
      }
      state.pauseUntil(now + (long) Math.min(LONGEST_PAUSE_NANOS, pause));
    }
    if (reply.granted() > 0) {
      meters.leased(reply.granted());
      Lease lease = new Lease(current, reply, question.sentNanos());
      if (current != tariff || !state.deposit(lease, now)) {
        // Too late: the limit has changed, or others were asked for meanwhile.
        var unused = giveBack(current, state, lease.drain(now), lease.arrivals(), true);
      }
    }
  }

  /** Returns how many permits to lease; 0 if a lease is not worth it. */
  private long leaseSize(Tariff current, KeyState state, long permits, long now) {
    long most = current.smallestBurst / (2 * health.nodes());
    long refill = current.refillNanos();
    if (health.rejoinedWithin(refill) || (everLost && now - lostNanos < refill)) {
      most /= 2;
    }
    long size = Math.min(most, (long) (state.demand.perNano(now) * LEASE_NANOS));
    return size >= SMALLEST_LEASE && size >= 2 * permits ? size : 0;
  }

  private CompletionStage<Reply> take(Tariff current, KeyState state, KeyState.Question question) {
    return store
        .run(Script.TAKE, state.storeKey, question.arguments())
        .thenApply(
            numbers -> {
              Reply reply = Reply.of(numbers);
              long now = clock.nanoTime();
              health.answered();
              meters.called(now - question.sentNanos());
              if (state.learn(current, question, reply, now)) {
                meters.lost();
                lostNanos = now;
                everLost = true;
              }
              return reply;
            });
  }

  private CompletableFuture<?> giveBack(
      Tariff taker, KeyState state, long permits, long[] taken, boolean turn) {
    state.forget();
    return store
        .run(Script.GIVE_BACK, state.storeKey, taker.giveBackArguments(permits, taken, turn))
        .whenComplete(
            (answer, problem) -> {
              state.forget();
              if (problem == null) {
                meters.returned(permits);
              }
            })
        .toCompletableFuture();
  }

  /** Notes that an answer took too long, and lets nobody wait for the lease that did any longer. */
  private void timedOut(KeyState state) {
    CompletableFuture<Void> lease = state.asking.getAndSet(null);
    TimeoutException late = new TimeoutException("no answer in time");
    failed(state, late);
    if (lease != null) {
      // Wrapped, since those who wait for it have not waited too long themselves.
      lease.completeExceptionally(new CompletionException(late));
    }
  }

  /** Notes that a call failed; once for each call, however many wait for it. */
  private void failed(KeyState state, Throwable problem) {
    switch (meters.failed(problem)) {
      case SILENT -> health.silent(state.storeKey);
      case ERROR -> health.failed(state.storeKey, problem);
      case FOREIGN -> {
        if (toldForeign.compareAndSet(false, true)) {
          LOG.warn("Rate limits: a key of {} holds something else in Redis", prefix);
        }
      }
    }
  }

  private Reservation withoutStore(
      Tariff current, KeyState state, long permits, long patienceNanos) {
    if (outage == RedisRateLimiters.Outage.OPEN) {
      meters.admitted(LimitMeters.Source.OUTAGE);
      return NOW;
    }
    if (outage == RedisRateLimiters.Outage.CLOSED) {
      meters.refused(LimitMeters.Source.OUTAGE);
      return new Reservation.Refused(
          new Admission.Rejected(Admission.Reason.UNAVAILABLE, RETRY_CLOSED));
    }
    long now = clock.nanoTime();
    long nodes = health.nodes();
    long[] taken = new long[current.count];
    long wait = state.takeShare(current, permits, patienceNanos, nodes, now, taken);
    if (wait < 0) {
      meters.refused(LimitMeters.Source.OUTAGE);
      return new Reservation.Refused(
          new Admission.Rejected(
              state == overflow ? Admission.Reason.TOO_MANY_KEYS : Admission.Reason.LIMIT,
              Duration.ofNanos(~wait)));
    }
    meters.admitted(LimitMeters.Source.OUTAGE);
    return wait == 0
        ? NOW
        : new Reservation.Held(
            clock, now + wait, () -> state.giveBackShare(current, permits, nodes, taken));
  }

  List<Quota> quotas(String key) {
    long now = clock.nanoTime();
    Tariff current = tariff;
    KeyState state = find(key, now);
    long[] ahead = new long[current.count];
    Reply reply = health.isUsable() ? look(current, state, now) : null;
    for (int i = 0; i < ahead.length; i++) {
      ahead[i] =
          reply == null ? state.aheadNanos(current, i, now) : Math.max(0, reply.aheadNanos(i));
    }
    return current.quotas(ahead, state.leased(current, now));
  }

  private @Nullable Reply look(Tariff current, KeyState state, long now) {
    CompletableFuture<Reply> asked =
        take(current, state, state.question(current, 0, 0, 0, now)).toCompletableFuture();
    try {
      return asked.get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      timedOut(state);
    } catch (ExecutionException e) {
      failed(state, Objects.requireNonNullElse(e.getCause(), e));
    }
    return null;
  }

  RateLimit limit() {
    return tariff.limit;
  }

  void setLimit(RateLimit limit) {
    Tariff before = tariff;
    tariff = new Tariff(limit);
    var unused = giveLeasesBack(before);
  }

  /** Gives back what is leased and not spent. */
  CompletableFuture<?> giveLeasesBack() {
    return giveLeasesBack(tariff);
  }

  private CompletableFuture<?> giveLeasesBack(Tariff taker) {
    List<CompletableFuture<?>> given = new ArrayList<>();
    if (leasing) {
      long now = clock.nanoTime();
      table.forEach(
          state -> {
            for (Lease lease : state.takeLeases(taker)) {
              long left = lease.drain(now);
              if (left > 0 && health.isUsable()) {
                given.add(giveBack(taker, state, left, lease.arrivals(), false));
              }
            }
          });
    }
    return CompletableFuture.allOf(given.toArray(CompletableFuture<?>[]::new));
  }

  @Override
  public String toString() {
    return prefix + " " + tariff + ", " + table.size() + " keys";
  }
}
