// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Gives up questions that stay unanswered; thread-safe.
 *
 * <p>All questions have the same time, so the one that was asked first is the first to be given up,
 * and one look at a time is enough for all of them. {@link CompletableFuture#orTimeout} wakes a
 * thread with each question instead.
 */
final class Patience implements AutoCloseable {
  private final ScheduledExecutorService timer;
  private final long nanos;

  /** That of the timer, whatever the caches go by. */
  private final MonotonicClock clock = MonotonicClock.system();

  private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();

  /** Whether a look is to come. */
  private final AtomicBoolean watched = new AtomicBoolean();

  private volatile boolean closed;

  /** A question, its end, and who is told when it is late; immutable. */
  record Waiting(CompletableFuture<?> question, long untilNanos, Runnable late) {}

  /**
   * @param timer its tasks are short
   * @param nanos how long a question may take
   */
  Patience(ScheduledExecutorService timer, long nanos) {
    this.timer = timer;
    this.nanos = nanos;
  }

  /**
   * Returns the answer to a question, which fails with a {@link TimeoutException} when it is late,
   * and with a {@link CancellationException} when this is closed.
   *
   * @param late is run before it fails as late; must not block
   */
  <T> CompletableFuture<T> limit(CompletionStage<T> question, Runnable late) {
    CompletableFuture<T> limited = question.toCompletableFuture().copy();
    if (!limited.isDone()) {
      waiting.add(new Waiting(limited, clock.nanoTime() + nanos, late));
      watch(nanos);
      if (closed) {
        close();
      }
    }
    return limited;
  }

  private void watch(long delayNanos) {
    if (watched.compareAndSet(false, true)) {
      lookIn(delayNanos);
    }
  }

  private void lookIn(long delayNanos) {
    try {
      var unused = timer.schedule(this::look, delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) { // it has been shut down
      close();
    }
  }

  private void look() {
    Waiting first = giveUpLate();
    if (first != null) {
      lookIn(first.untilNanos - clock.nanoTime());
      return;
    }
    watched.set(false);
    if (!waiting.isEmpty()) { // since the last look
      watch(nanos);
    }
  }

  /**
   * Gives up what is late. Who has waited for so long himself calls it so that whoever is to be
   * told has been told before he goes on.
   *
   * @return the first that is not late, null if there is none
   */
  synchronized @Nullable Waiting giveUpLate() {
    long now = clock.nanoTime();
    Waiting first = waiting.peek();
    while (first != null && (first.question.isDone() || first.untilNanos - now <= 0)) {
      waiting.remove();
      giveUp(first);
      first = waiting.peek();
    }
    return first;
  }

  /** Ends it elsewhere, since nobody knows what else is done at the end of a question. */
  private static void giveUp(Waiting waiting) {
    if (!waiting.question.isDone()) {
      waiting.late.run();
      TimeoutException problem = new TimeoutException("Redis does not answer");
      var unused =
          CompletableFuture.runAsync(() -> waiting.question.completeExceptionally(problem));
    }
  }

  /** Gives up all questions, and those that are still to come. */
  @Override
  public synchronized void close() {
    closed = true;
    for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
      next.question.completeExceptionally(new CancellationException("the tier has been closed"));
    }
  }
}
