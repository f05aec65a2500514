// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a {@link ShardQuery}: daemons that end when they are idle, so that nobody has to
 * close it.
 *
 * <p>Thread-safe. There is no queue: a job that waits for a thread while those that have one wait
 * for its connection would wait for ever. How many run at once is bounded by each query for itself.
 */
final class QueryThreads {
  private static final long IDLE_SECONDS = 5;

  private final ThreadPoolExecutor own =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          named("shard-query"));
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, named("shard-query-timer"));
  private final Executor workers;

  QueryThreads(@Nullable Executor given) {
    workers = given == null ? own : given;
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
    timer.setRemoveOnCancelPolicy(true);
  }

  private static ThreadFactory named(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  void work(Runnable task) {
    workers.execute(task);
  }

  /** Runs what breaks off work, which must not wait for a thread of a given executor. */
  void breakOff(Runnable task) {
    own.execute(task);
  }

  /** Breaks off work later. */
  Future<?> breakOffIn(long nanos, Runnable task) {
    return timer.schedule(() -> own.execute(task), nanos, TimeUnit.NANOSECONDS);
  }
}
