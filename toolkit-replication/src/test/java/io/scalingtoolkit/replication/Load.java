// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.awaitility.Awaitility;

/** Threads that run one piece of work on a data source over and over until closed; thread-safe. */
final class Load implements AutoCloseable {
  private static final int MAX_FAILURES = 20;

  private final List<Thread> threads = new ArrayList<>();
  private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong longestNanos = new AtomicLong();
  private volatile boolean stopped;

  /** What one thread does once. */
  interface Work {
    void on(Connection connection) throws SQLException;
  }

  private Load() {}

  static Load start(int threads, DataSource db, Work work) {
    Load load = new Load();
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(() -> load.loop(db, work), "load-" + i);
      load.threads.add(thread);
      thread.start();
    }
    return load;
  }

  private void loop(DataSource db, Work work) {
    while (!stopped && failures.size() < MAX_FAILURES) {
      long begin = System.nanoTime();
      try (Connection connection = db.getConnection()) {
        work.on(connection);
        done.incrementAndGet();
      } catch (SQLException | RuntimeException e) {
        failures.add(e);
      }
      longestNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
    }
  }

  /** Waits until so many more rounds have been done. */
  Load awaitMore(long rounds) {
    long target = done.get() + rounds;
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> done.get() >= target);
    return this;
  }

  List<Exception> failures() {
    return List.copyOf(failures);
  }

  long done() {
    return done.get();
  }

  long longestMillis() {
    return TimeUnit.NANOSECONDS.toMillis(longestNanos.get());
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(30));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      assertThat(thread.isAlive()).as("%s has ended", thread.getName()).isFalse();
    }
  }
}
