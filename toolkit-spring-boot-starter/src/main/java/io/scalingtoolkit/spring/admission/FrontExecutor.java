// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.tomcat.util.threads.ResizableExecutor;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what a container does for its sockets, few at a time until each has come to the gate, and
 * knows how long each has waited. Thread-safe.
 *
 * <p>Under overload nearly all requests are refused, each within microseconds. With a thread for
 * each they would take the processors from those that were admitted, and from the thread that
 * accepts connections, and would wait where nobody sees it. Here they wait in a queue.
 *
 * <p>What never comes to the gate, such as a message on a web socket, gives its place back when it
 * ends, or after a tenth of a second.
 */
final class FrontExecutor implements ResizableExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(FrontExecutor.class);
  private static final ThreadLocal<@Nullable Task> CURRENT = new ThreadLocal<>();
  static final long LONGEST_IN_FRONT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Executor threads;
  private final MonotonicClock clock;
  private final AtomicInteger places;
  private final Queue<Task> waiting = new ConcurrentLinkedQueue<>();
  private final Set<Task> inFront = ConcurrentHashMap.newKeySet();

  /** Runs a task after about {@link #LONGEST_IN_FRONT_NANOS}. */
  private final Executor later;

  private final AtomicBoolean isWatching = new AtomicBoolean();

  /**
   * Makes one.
   *
   * @param threads where tasks run; stays the caller's
   * @param places how many tasks may be ahead of the gate, 1 or more
   */
  FrontExecutor(Executor threads, int places, MonotonicClock clock) {
    this(
        threads,
        places,
        clock,
        CompletableFuture.delayedExecutor(LONGEST_IN_FRONT_NANOS, TimeUnit.NANOSECONDS));
  }

  FrontExecutor(Executor threads, int places, MonotonicClock clock, Executor later) {
    this.later = later;
    this.threads = threads;
    this.places = new AtomicInteger(places);
    this.clock = clock;
  }

  @Override
  public void execute(Runnable work) {
    waiting.add(new Task(work, clock.nanoTime()));
    startWaiting(); // may be refused, then on behalf of another one that is as lost
  }

  private void startWaiting() {
    while (!waiting.isEmpty() && takePlace()) {
      Task next = waiting.poll();
      if (next == null) {
        places.incrementAndGet();
      } else {
        start(next);
      }
    }
    if (!waiting.isEmpty() && isWatching.compareAndSet(false, true)) {
      later.execute(this::watch);
    }
  }

  /** Takes their places from those that have them for too long, since others wait. */
  private void watch() {
    isWatching.set(false);
    long now = clock.nanoTime();
    for (Task task : inFront) {
      if (now - task.startedNanos >= LONGEST_IN_FRONT_NANOS) {
        task.giveBack();
      }
    }
    startOthers();
  }

  private void startOthers() {
    try {
      startWaiting();
    } catch (RejectedExecutionException e) {
      LOG.debug("The server stops, and closes the connections that wait", e);
    }
  }

  private boolean takePlace() {
    int free = places.get();
    while (free > 0) {
      if (places.compareAndSet(free, free - 1)) {
        return true;
      }
      free = places.get();
    }
    return false;
  }

  private void start(Task task) {
    task.startedNanos = clock.nanoTime();
    inFront.add(task);
    try {
      threads.execute(task);
    } catch (RuntimeException | Error e) {
      task.giveBack();
      throw e;
    }
  }

  /**
   * Returns how long the request that has come to the gate in this thread has waited for it: zero
   * if nobody knows, or for the second on the same connection.
   */
  static long takeWaitedNanos() {
    Task task = CURRENT.get();
    return task == null ? 0 : task.takeWaitedNanos();
  }

  /** Tells that what runs in this thread is past the gate, so that the next may come. */
  static void leaveFront() {
    Task task = CURRENT.get();
    if (task != null) {
      task.leaveFront();
    }
  }

  /** Work and whether it is still ahead of the gate. */
  private final class Task implements Runnable {
    private final Runnable work;
    private final long sinceNanos;
    private volatile long startedNanos;
    private long waitedNanos;

    Task(Runnable work, long sinceNanos) {
      this.work = work;
      this.sinceNanos = sinceNanos;
    }

    @Override
    public void run() {
      waitedNanos = Math.max(0, clock.nanoTime() - sinceNanos);
      CURRENT.set(this);
      try {
        work.run();
      } finally {
        CURRENT.remove();
        leaveFront();
      }
    }

    long takeWaitedNanos() {
      long waited = waitedNanos;
      waitedNanos = 0;
      return waited;
    }

    /** Once; does nothing after that. */
    boolean giveBack() {
      boolean had = inFront.remove(this);
      if (had) {
        places.incrementAndGet();
      }
      return had;
    }

    void leaveFront() {
      if (giveBack()) {
        startOthers();
      }
    }
  }

  @Override
  public int getPoolSize() {
    return threads instanceof ThreadPoolExecutor pool ? pool.getPoolSize() : -1;
  }

  @Override
  public int getMaxThreads() {
    return threads instanceof ThreadPoolExecutor pool ? pool.getMaximumPoolSize() : -1;
  }

  @Override
  public int getActiveCount() {
    return threads instanceof ThreadPoolExecutor pool ? pool.getActiveCount() : -1;
  }

  @Override
  public boolean resizePool(int corePoolSize, int maximumPoolSize) {
    return false;
  }

  @Override
  public boolean resizeQueue(int capacity) {
    return false;
  }
}
