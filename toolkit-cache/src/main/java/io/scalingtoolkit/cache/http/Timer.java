// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs tasks one after the other on a thread that they may not block. */
interface Timer {
  /** Runs a task after a time, 0 for now. */
  void after(long nanos, Runnable task);

  /** Ends it; tasks that come later are dropped. */
  void close();

  /** Returns a timer with a thread of its own. */
  static Timer onThread(String name) {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    return new Timer() {
      @Override
      public void after(long nanos, Runnable task) {
        var unused = executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
      }

      @Override
      public void close() {
        executor.shutdownNow();
      }
    };
  }
}
