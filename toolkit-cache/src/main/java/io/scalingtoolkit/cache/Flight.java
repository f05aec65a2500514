// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One load of one key that is under way; thread-safe.
 *
 * <p>It is there before the source is read, and an invalidation poisons it: then its outcome goes
 * to those who joined before, and is not kept.
 */
final class Flight<V> {
  // Loads made by a loader's thread while it is in the loader: the innermost, which knows the
  // others. A thread that waits for a load makes all of its own wait.
  private static final ThreadLocal<@Nullable Flight<?>> INNERMOST = new ThreadLocal<>();

  final Object key;
  final long startNanos;
  final long tagEpoch;
  private final CompletableFuture<Landing<V>> landed = new CompletableFuture<>();
  private volatile boolean poisoned;
  // Whether changes that the shared tier tells of are somebody else's.
  private volatile boolean armed;
  // Guarded by this.
  private boolean loaded;
  private volatile @Nullable Flight<?> waitsFor;
  // Written before a loader runs, by its thread, which is the only one to read it.
  private @Nullable Flight<?> outer;

  Flight(Object key, long startNanos, long tagEpoch) {
    this.key = key;
    this.startNanos = startNanos;
    this.tagEpoch = tagEpoch;
  }

  /** How a load ended; immutable. */
  sealed interface Landing<V> {
    /** With a value, or null for none. */
    record Loaded<V>(@Nullable V value) implements Landing<V> {}

    /** With an exception that is everybody's. */
    record Failed<V>(Throwable problem) implements Landing<V> {}

    /** The thread that loaded was interrupted, which is no concern of the others. */
    record Abandoned<V>(Throwable problem) implements Landing<V> {}
  }

  void poison() {
    poisoned = true;
  }

  boolean isPoisoned() {
    return poisoned;
  }

  /** From now on changes in the shared tier count. */
  void arm() {
    armed = true;
  }

  /** From now on they do not, since they can be its own. */
  void disarm() {
    armed = false;
  }

  /** As {@link #arm}, unless the load has ended, whose value is about to be stored. */
  synchronized void armWhileLoading() {
    if (!loaded) {
      armed = true;
    }
  }

  /** As {@link #disarm}, unless the load has ended. */
  synchronized void disarmWhileLoading() {
    if (!loaded) {
      armed = false;
    }
  }

  /** As {@link #disarm}, once the load has ended. */
  synchronized void disarmForGood() {
    loaded = true;
    armed = false;
  }

  /** Tells whether a change in the shared tier counts. */
  boolean isArmed() {
    return armed;
  }

  boolean hasLanded() {
    return landed.isDone();
  }

  /** Tells all who wait how it ended. */
  void land(Landing<V> landing) {
    landed.complete(landing);
  }

  /** Tells whether the calling thread is in a loader. */
  static boolean isLoading() {
    return INNERMOST.get() != null;
  }

  CompletableFuture<Landing<V>> landing() {
    return landed;
  }

  /** Marks the calling thread as the one that loads it. */
  void begin() {
    outer = INNERMOST.get();
    INNERMOST.set(this);
  }

  /** Takes the mark away. */
  void end() {
    if (outer == null) {
      INNERMOST.remove();
    } else {
      INNERMOST.set(outer);
    }
  }

  /**
   * Waits for the outcome.
   *
   * @param nanos how long, {@link Long#MAX_VALUE} for ever
   * @return null if it takes longer
   * @throws InterruptedException if the calling thread is interrupted
   * @throws IllegalStateException if it waits for a load of the calling thread
   */
  @Nullable Landing<V> await(long nanos) throws InterruptedException {
    Flight<?> own = INNERMOST.get();
    if (own == null || hasLanded()) {
      return get(nanos);
    }
    for (Flight<?> each = own; each != null; each = each.outer) {
      each.waitsFor = this;
    }
    try {
      refuseCircle(own);
      return get(nanos);
    } finally {
      for (Flight<?> each = own; each != null; each = each.outer) {
        each.waitsFor = null;
      }
    }
  }

  /** All in a circle have said whom they wait for before they look, so one of them sees it. */
  private void refuseCircle(Flight<?> own) {
    Flight<?> next = this;
    // Chains are as long as there are threads that wait, at most.
    while (next != null && !next.hasLanded()) {
      for (Flight<?> each = own; each != null; each = each.outer) {
        if (each == next) {
          throw new IllegalStateException(
              "the loader of key %s asks for key %s, whose load waits for it"
                  .formatted(own.key, key));
        }
      }
      next = next.waitsFor;
    }
  }

  private @Nullable Landing<V> get(long nanos) throws InterruptedException {
    try {
      return nanos == Long.MAX_VALUE ? landed.get() : landed.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      throw new CompletionException(e); // never: it only completes with a value
    }
  }
}
