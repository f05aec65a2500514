// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a listener of invalidations, each when the shared tier has taken it; thread-safe.
 *
 * <p>Told earlier, a cache further out would forget its copy and get the old value again, from
 * another process that has not heard yet.
 */
final class Announcer<K> {
  private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
  private static final int MOST_PENDING = 10_000;
  private static final long PAUSE_MILLIS = 250;

  private final InvalidationListener<K> listener;
  private final Executor executor;
  // What the tier did not take, with how to have it taken; guarded by itself.
  private final Map<Invalidation<K>, Supplier<CompletionStage<?>>> pending = new LinkedHashMap<>();
  private boolean retrying;

  Announcer(InvalidationListener<K> listener, Executor executor) {
    this.listener = listener;
    this.executor =
        task -> {
          try {
            executor.execute(task);
          } catch (RejectedExecutionException e) {
            task.run(); // late is better than never
          }
        };
  }

  /** Tells it now. */
  void tell(Invalidation<K> what) {
    try {
      listener.invalidated(what);
    } catch (RuntimeException e) {
      LOG.error("The listener for invalidations failed on {}", what, e);
    }
  }

  /**
   * Tells it when the tier has taken something.
   *
   * @param taken fails if the tier gave no answer
   * @param again asks the tier once more
   * @param all asks the tier to forget everything
   */
  void tellAfter(
      CompletionStage<?> taken,
      Invalidation<K> what,
      Supplier<CompletionStage<?>> again,
      Supplier<CompletionStage<?>> all) {
    CompletableFuture<?> answer = taken.toCompletableFuture();
    if (answer.isDone()) {
      settle(answer.isCompletedExceptionally(), what, again, all);
    } else {
      var unused =
          answer.whenCompleteAsync(
              (done, problem) -> settle(problem != null, what, again, all), executor);
    }
  }

  private void settle(
      boolean failed,
      Invalidation<K> what,
      Supplier<CompletionStage<?>> again,
      Supplier<CompletionStage<?>> all) {
    if (!failed) {
      tell(what);
      return;
    }
    synchronized (pending) {
      if (pending.size() < MOST_PENDING) {
        pending.put(what, again);
      } else {
        pending.clear();
        pending.put(new Invalidation.All<>(), all);
      }
      if (retrying) {
        return;
      }
      retrying = true;
    }
    retryLater();
  }

  private void retryLater() {
    CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, executor)
        .execute(this::retry);
  }

  /** Asks the tier for the first that waits; for all others only if it answers. */
  private void retry() {
    Map.Entry<Invalidation<K>, Supplier<CompletionStage<?>>> first;
    synchronized (pending) {
      if (pending.isEmpty()) {
        retrying = false;
        return;
      }
      first = pending.entrySet().iterator().next();
    }
    var unused =
        ask(first.getValue())
            .whenCompleteAsync(
                (done, problem) -> {
                  if (problem != null) {
                    retryLater();
                    return;
                  }
                  boolean mine;
                  synchronized (pending) {
                    mine = pending.remove(first.getKey(), first.getValue());
                  }
                  if (mine) {
                    tell(first.getKey());
                  }
                  retry();
                },
                executor);
  }

  private static CompletionStage<?> ask(Supplier<CompletionStage<?>> question) {
    try {
      return question.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Tells what waits for the tier, which will not answer any more. */
  void close() {
    List<Invalidation<K>> left;
    synchronized (pending) {
      left = new ArrayList<>(pending.keySet());
      pending.clear();
    }
    left.forEach(this::tell);
  }
}
