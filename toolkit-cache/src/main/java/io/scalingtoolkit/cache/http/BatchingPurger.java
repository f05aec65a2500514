// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.cache.Invalidation;
import io.scalingtoolkit.cache.InvalidationListener;
import io.scalingtoolkit.cache.http.PurgeQueue.Caller;
import io.scalingtoolkit.cache.http.PurgeQueue.Item;
import io.scalingtoolkit.cache.http.PurgeQueue.Target;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.ratelimit.Reservation;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Purges by another purger, as often as the cache allows and until it has confirmed; thread-safe.
 *
 * <ul>
 *   <li>What is asked for while a request is under way goes with the next one, each tag and URL
 *       once.
 *   <li>A request waits for its turn by the limiter. It is repeated, ever later and at random
 *       times, while the cache cannot be reached or says that it is overloaded.
 *   <li>What was purged is purged once more a little later: an answer that was made before the
 *       change may have reached the cache after the first purge.
 *   <li>What could not be purged is reported to {@code onLost}, counted, and fails the result.
 * </ul>
 *
 * <p>It waits in memory: what waits when the process dies is lost, and the cache hands it out until
 * its lifetime ends.
 */
public final class BatchingPurger implements Purger {
  private static final Logger LOG = LoggerFactory.getLogger(BatchingPurger.class);
  private static final long SHORTEST_TURN_NANOS = Duration.ofMillis(10).toNanos();
  private static final long LONGEST_TURN_NANOS = Duration.ofMinutes(1).toNanos();
  private static final int MOST_DOUBLINGS = 20;

  private final Purger cache;
  private final PurgeQueue queue;
  private final @Nullable RateLimiter limiter;
  private final MonotonicClock clock;
  private final DoubleSupplier random;
  private final Timer timer;
  private final Consumer<? super LostPurge> onLost;
  private final int batchSize;
  private final long firstBackoffNanos;
  private final long longestBackoffNanos;
  private final long giveUpNanos;
  private final long againNanos;
  private final long closeNanos;
  private final PurgeCounters counters = new PurgeCounters();
  private final Runnable unbind;
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  // Written by the timer's thread alone.
  private boolean busy;
  private List<Item> underWay = List.of();
  private int failures;
  private long notBeforeNanos;

  private volatile boolean closing;
  private volatile boolean ended;

  BatchingPurger(BatchingPurgerBuilder from) {
    this.cache = from.cache;
    this.queue = new PurgeQueue(from.maxWaiting);
    this.limiter = from.limiter;
    this.clock = from.clock;
    this.random = from.random;
    this.onLost = from.onLost;
    this.batchSize = from.batchSize;
    this.firstBackoffNanos = from.firstBackoff.toNanos();
    this.longestBackoffNanos = from.longestBackoff.toNanos();
    this.giveUpNanos = from.giveUpAfter.toNanos();
    this.againNanos = from.again.toNanos();
    this.closeNanos = from.closeTimeout.toNanos();
    this.notBeforeNanos = clock.nanoTime();
    this.timer = from.timer == null ? Timer.onThread("purge-" + from.name) : from.timer;
    MeterRegistry registry = from.registry;
    this.unbind = registry == null ? () -> {} : counters.bind(registry, from.name, queue);
  }

  /**
   * Begins a purger.
   *
   * @param name 1 to 64 letters, digits, dots, hyphens or underscores; names metrics and its thread
   * @param cache does the purges; closed with this
   * @throws IllegalArgumentException if the name is not as it must be
   */
  public static BatchingPurgerBuilder builder(String name, Purger cache) {
    return new BatchingPurgerBuilder(name, cache);
  }

  /**
   * {@inheritDoc}
   *
   * <p>If there is no room for all of it, or this is closed, nothing of it is taken: the result has
   * failed at once.
   */
  @Override
  public CompletionStage<Void> purge(Purge purge) {
    Set<Target> targets = PurgeQueue.targets(purge);
    Caller caller = new Caller(targets.size());
    if (targets.isEmpty()) {
      return caller.done;
    }
    PurgeException refusal = null;
    synchronized (queue) {
      if (closing) {
        refusal = closed();
      } else {
        int merged = queue.add(targets, clock.nanoTime(), caller);
        if (merged < 0) {
          refusal =
              new PurgeException(
                  PurgeException.Reason.FULL,
                  "no room for %d more, %d wait".formatted(targets.size(), queue.size()),
                  null);
        } else {
          counters.merged.add(merged);
        }
      }
    }
    if (refusal != null) {
      caller.done.completeExceptionally(refusal);
      report(targets, refusal);
    } else {
      timer.after(0, this::pump);
    }
    return caller.done.copy();
  }

  private static PurgeException closed() {
    return new PurgeException(PurgeException.Reason.CLOSED, "the purger is closed", null);
  }

  /** Begins a request if there is something to send and none is under way. */
  private void pump() {
    if (busy || ended) {
      return;
    }
    long now = clock.nanoTime();
    queue.moveSeconds(now, closing);
    if (!queue.isIdle()) {
      busy = true;
      waitThenTakeTurn(notBeforeNanos - now);
      return;
    }
    Long next = queue.nextSecondNanos();
    if (next != null) {
      timer.after(Math.max(0, next - now), this::pump);
    } else if (closing) {
      end();
    }
  }

  private void waitThenTakeTurn(long nanos) {
    if (nanos > 0) {
      timer.after(nanos, this::takeTurn);
    } else {
      takeTurn();
    }
  }

  private void takeTurn() {
    if (ended) {
      return;
    }
    if (limiter == null) {
      send();
      return;
    }
    Reservation turn;
    try {
      turn = limiter.reserve(1, Duration.ofNanos(LONGEST_TURN_NANOS));
    } catch (RuntimeException e) {
      LOG.warn("The rate limiter of a purger failed, asking it again", e);
      timer.after(longestBackoffNanos, this::takeTurn);
      return;
    }
    if (turn instanceof Reservation.Held held) {
      long delay = held.delay().toNanos();
      if (delay > 0) {
        timer.after(delay, this::send);
      } else {
        send();
      }
    } else if (turn instanceof Reservation.Refused refused) {
      long later = refused.rejection().retryAfter().toNanos();
      timer.after(
          Math.min(LONGEST_TURN_NANOS, Math.max(SHORTEST_TURN_NANOS, later)), this::takeTurn);
    }
  }

  private void send() {
    if (ended) {
      return;
    }
    List<Item> batch = queue.take(batchSize);
    underWay = batch;
    CompletionStage<Void> answer;
    try {
      answer = cache.purge(PurgeQueue.purgeOf(batch));
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    var unused =
        answer.whenComplete((done, problem) -> timer.after(0, () -> answered(batch, problem)));
  }

  private void answered(List<Item> batch, @Nullable Throwable problem) {
    if (ended) {
      return;
    }
    busy = false;
    underWay = List.of();
    long now = clock.nanoTime();
    if (problem == null) {
      failures = 0;
      counters.requests.increment();
      counters.done.add(batch.size());
      queue.done(batch, againNanos == 0 || closing ? null : now + againNanos);
      batch.forEach(item -> item.callers.forEach(Caller::oneDone));
    } else {
      counters.failedRequests.increment();
      failed(batch, asPurgeException(problem), now);
    }
    pump();
  }

  private static PurgeException asPurgeException(Throwable problem) {
    Throwable cause = Sender.unwrap(problem);
    return cause instanceof PurgeException known
        ? known
        // Not known to be for good, so it is tried again.
        : new PurgeException(PurgeException.Reason.UNAVAILABLE, "the purge failed", cause);
  }

  private void failed(List<Item> batch, PurgeException problem, long now) {
    if (problem.reason() != PurgeException.Reason.UNAVAILABLE) {
      if (batch.size() == 1) {
        queue.gone();
        lose(batch, problem);
      } else {
        // One of them may be to blame; the others are not to be lost for it.
        batch.forEach(item -> item.alone = true);
        queue.putBack(batch);
      }
      return;
    }
    LOG.debug("A purge failed and is tried again", problem);
    List<Item> young = batch.stream().filter(item -> now - item.sinceNanos < giveUpNanos).toList();
    List<Item> old = batch.stream().filter(item -> !young.contains(item)).toList();
    queue.putBack(young);
    notBeforeNanos = now + backoffNanos(problem);
    failures++;
    lose(old, problem);
  }

  /** Twice as long each time, of which up to a half is left out at random. */
  private long backoffNanos(PurgeException problem) {
    double longest =
        Math.min(
            (double) longestBackoffNanos,
            firstBackoffNanos * Math.pow(2, Math.min(failures, MOST_DOUBLINGS)));
    long own = (long) (longest * (1 - random.getAsDouble() / 2));
    // What the cache says is the shortest time; spread too, or all processes come back at once.
    Duration asked = problem.retryAfter();
    long told = asked.compareTo(Duration.ofNanos(giveUpNanos)) > 0 ? giveUpNanos : asked.toNanos();
    return told == 0 ? own : told + (long) (random.getAsDouble() * firstBackoffNanos);
  }

  private void lose(Collection<Item> items, PurgeException why) {
    if (items.isEmpty()) {
      return;
    }
    items.forEach(item -> item.callers.forEach(caller -> caller.done.completeExceptionally(why)));
    report(items.stream().map(item -> item.target).toList(), why);
  }

  private void report(Collection<Target> targets, PurgeException why) {
    counters.lost.add(targets.size());
    try {
      onLost.accept(new LostPurge(PurgeQueue.purge(targets), why));
    } catch (RuntimeException e) {
      LOG.error("Who is to be told of lost purges failed; lost: {}", targets, e);
    }
  }

  /**
   * Returns a listener that purges what a cache was told to forget, for {@link
   * io.scalingtoolkit.cache.TieredCacheBuilder#afterInvalidation}.
   *
   * @param targets what an invalidation concerns; an empty purge for nothing
   */
  public <K> InvalidationListener<K> after(Function<? super Invalidation<K>, Purge> targets) {
    // What becomes of it is reported by this purger.
    return what -> {
      var unused = purge(targets.apply(what));
    };
  }

  /** Returns what it has done so far. */
  public PurgeStats stats() {
    return counters.stats(queue.size());
  }

  /**
   * Sends what waits, second purges at once, for as long as its {@code closeTimeout}; what is left
   * then is lost and reported. What is sent for the first time is not sent again.
   */
  @Override
  public void close() {
    synchronized (queue) {
      closing = true;
    }
    timer.after(0, this::pump);
    timer.after(closeNanos, this::end);
    drained.join();
  }

  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    lose(underWay, closed());
    lose(queue.takeAll(clock.nanoTime()), closed());
    try {
      unbind.run();
      cache.close();
    } finally {
      drained.complete(null);
      timer.close();
    }
  }
}
