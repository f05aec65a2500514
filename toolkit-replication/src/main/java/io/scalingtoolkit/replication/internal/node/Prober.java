// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.replication.internal.engine.Closing;
import io.scalingtoolkit.replication.internal.engine.Probe;
import io.scalingtoolkit.replication.internal.engine.Sample;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Samples one node, over a connection of its own and on a thread of its own, so that a node that
 * does not answer delays no other; thread-safe.
 */
public final class Prober {
  // Concurrency: the loop alone touches probe, lastSentNanos and failures. `demanded` is cleared
  // before the clock is read for a sample, so a demand that finds it set is served by a sample sent
  // after the demand. Waiters check the reading under the lock that the loop signals under.
  private static final Logger LOG = LoggerFactory.getLogger(Prober.class);
  private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LAST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Node node;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition published = lock.newCondition();

  private volatile boolean demanded;
  private volatile boolean closed;
  private volatile @Nullable Probe probe;
  private long lastSentNanos;
  private int failures;

  Prober(Node node) {
    this.node = node;
    this.thread = new Thread(this::run, "toolkit-probe-" + node.label());
    thread.setDaemon(true);
  }

  void start() {
    lastSentNanos = now() - node.settings().probeInterval().toNanos();
    thread.start();
  }

  /** Asks for a sample to be sent soon; never waits. */
  public void demand() {
    if (!demanded) {
      demanded = true;
      LockSupport.unpark(thread);
    }
  }

  /**
   * Waits for a reading whose sample was sent later than {@code nanoTime}.
   *
   * @return null if there is none in time
   */
  public @Nullable Reading awaitSentAfter(long nanoTime, long waitNanos)
      throws InterruptedException {
    long left = waitNanos;
    lock.lockInterruptibly();
    try {
      while (true) {
        Reading reading = node.reading();
        if (reading != null && reading.sample().sentNanos() - nanoTime > 0) {
          return reading;
        }
        if (left <= 0 || closed) {
          return null;
        }
        demand();
        left = published.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (!closed) {
      awaitTurn();
      if (closed) {
        break;
      }
      demanded = false;
      lastSentNanos = now();
      try {
        take();
        failures = 0;
      } catch (SQLException | RuntimeException e) {
        failed(e);
      } catch (Error e) {
        // Without this thread the node would be gone until the process ends.
        LOG.error("{}: a sample failed with an error", node.label(), e);
        failed(new SQLException("a sample failed with " + e, e));
      }
      announce();
    }
    drop(null);
  }

  private void take() throws SQLException {
    Probe open = probe;
    if (open == null) {
      open = node.openProbe();
      probe = open;
    }
    Sample sample = open.sample(node.settings().clock());
    node.accept(sample);
  }

  private void failed(Exception failure) {
    failures++;
    drop(failure);
    if (!closed) {
      LOG.debug("{}: no sample", node.label(), failure);
      node.lost(failure);
    }
  }

  private void awaitTurn() {
    while (!closed) {
      long gap;
      if (failures > 0) {
        gap = Math.min(FIRST_RETRY_NANOS << Math.min(failures, 5), LAST_RETRY_NANOS);
      } else if (demanded) {
        gap = node.settings().minProbeGap().toNanos();
      } else {
        gap = node.settings().probeInterval().toNanos();
      }
      long wait = lastSentNanos + gap - now();
      if (wait <= 0) {
        return;
      }
      LockSupport.parkNanos(this, wait);
    }
  }

  private void announce() {
    lock.lock();
    try {
      published.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void drop(@Nullable Exception failure) {
    Probe open = probe;
    probe = null;
    if (open != null) {
      Closing.quietly(open, failure == null ? new SQLException("closed") : failure);
    }
  }

  /** Ends the loop; {@link #join} waits for it. */
  void stop() {
    closed = true;
    Probe open = probe;
    if (open != null) {
      try {
        open.abort();
      } catch (SQLException e) {
        LOG.debug("{}: the probe could not be cut", node.label(), e);
      }
    }
    LockSupport.unpark(thread);
    announce();
  }

  void join(long millis) throws InterruptedException {
    thread.join(millis);
  }

  private long now() {
    return node.settings().clock().nanoTime();
  }
}
