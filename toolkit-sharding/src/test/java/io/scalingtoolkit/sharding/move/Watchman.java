// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Resumes whatever has no mover any more, again and again, as a job of an operator would. */
final class Watchman implements AutoCloseable {
  private static final long PAUSE_NANOS = Duration.ofMillis(20).toNanos();

  private final Mover mover;
  private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean stopped;

  Watchman(Mover mover) {
    this.mover = mover;
    thread = new Thread(this::watch, "watchman");
    thread.start();
  }

  private void watch() {
    while (!stopped) {
      try {
        MoveReport unused = mover.resume();
      } catch (SQLException | RuntimeException e) {
        failures.add(e);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Ends it; fails if it ever failed. */
  void end() throws InterruptedException {
    stopped = true;
    thread.join();
    assertThat(failures).isEmpty();
  }

  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
  }
}
