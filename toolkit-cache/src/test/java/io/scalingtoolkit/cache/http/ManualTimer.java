// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** A timer whose tasks run in the thread that moves its clock. */
final class ManualTimer implements Timer {
  final ManualClock clock = ManualClock.atEpoch();

  private record Task(long dueNanos, long number, Runnable work) {}

  private final long startNanos = clock.monotonic().nanoTime();
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::dueNanos).thenComparing(Task::number));
  private long number;
  private boolean closed;

  private long now() {
    return clock.monotonic().nanoTime() - startNanos;
  }

  @Override
  public synchronized void after(long nanos, Runnable task) {
    if (!closed) {
      tasks.add(new Task(now() + nanos, number++, task));
      notifyAll();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    tasks.clear();
  }

  private synchronized @Nullable Task next(long untilNanos) {
    Task first = tasks.peek();
    return first == null || first.dueNanos() > untilNanos ? null : tasks.remove();
  }

  /** Runs what is due now. */
  void run() {
    advance(Duration.ZERO);
  }

  /** Moves the clock, and runs each task when it is due. */
  void advance(Duration time) {
    long until = now() + time.toNanos();
    for (Task task = next(until); task != null; task = next(until)) {
      clock.advance(Duration.ofNanos(Math.max(0, task.dueNanos() - now())));
      task.work().run();
    }
    clock.advance(Duration.ofNanos(until - now()));
  }
}
