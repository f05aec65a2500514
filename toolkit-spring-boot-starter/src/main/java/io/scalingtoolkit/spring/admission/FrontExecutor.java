// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
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
 */
final class FrontExecutor implements ResizableExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(FrontExecutor.class);
  private static final ThreadLocal<@Nullable Task> CURRENT = new ThreadLocal<>();

  private final Executor threads;
  private final MonotonicClock clock;
  private final AtomicInteger places;
  private final Queue<Task> waiting = new ConcurrentLinkedQueue<>();

  /**
   * Makes one.
   *
   * @param threads where tasks run; stays the caller's
   * @param places how many tasks may be ahead of the gate, 1 or more
   */
  FrontExecutor(Executor threads, int places, MonotonicClock clock) {
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
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      places.incrementAndGet();
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
    private final AtomicBoolean inFront = new AtomicBoolean(true);
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

    void leaveFront() {
      if (inFront.compareAndSet(true, false)) {
        places.incrementAndGet();
        try {
          startWaiting();
        } catch (RejectedExecutionException e) {
          LOG.debug("The server stops, and closes the connections that wait", e);
        }
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
