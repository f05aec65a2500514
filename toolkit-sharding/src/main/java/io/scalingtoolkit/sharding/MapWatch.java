// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.move.Mover;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest map that is known here, read again in the background.
 *
 * <p>Concurrency: {@code map} and {@code readNanos} are written under {@code lock}; readers see a
 * whole map, as it is immutable. One read of the store is under way at a time, and whoever wants
 * one that began after now waits for it or makes it.
 */
final class MapWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardedDataSource.class);

  private final ShardMapStore store;
  private final Duration interval;
  private final long leaseNanos;
  private final String instance;
  private final MonotonicClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean soon = new AtomicBoolean();
  private final ScheduledThreadPoolExecutor executor;

  /** Written before {@code readNanos}: who reads that first has a map at least as new. */
  private volatile @Nullable ShardMap map;

  private volatile long readNanos;
  private boolean failing;

  /** Reads of the map that failed. */
  private final AtomicLong failures = new AtomicLong();

  private final AtomicBoolean unblocking = new AtomicBoolean();

  MapWatch(ShardedDataSourceBuilder builder) {
    store = builder.store;
    interval = builder.refreshInterval;
    leaseNanos = builder.readLease.toNanos();
    instance = builder.instance;
    clock = builder.clock;
    executor =
        new ScheduledThreadPoolExecutor(
            // The map is read on while a look at moves waits for a database that is away.
            2,
            task -> {
              Thread thread = new Thread(task, "shard-map");
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  void start() {
    // Never done unless it throws, which refreshQuietly does not.
    ScheduledFuture<?> unused =
        executor.scheduleWithFixedDelay(
            this::refreshQuietly, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  long nanoTime() {
    return clock.nanoTime();
  }

  ShardMap map() {
    ShardMap current = map;
    if (current == null) {
      throw new IllegalStateException("the map was not read yet");
    }
    return current;
  }

  /** Whether the map could not be read again for longer than the lease. */
  boolean isLeaseOver() {
    return isLeaseOver(readNanos);
  }

  /** Whether a map that was read then is older than the lease. */
  boolean isLeaseOver(long thenNanos) {
    return clock.nanoTime() - thenNanos > leaseNanos;
  }

  /** When the map was read, or an earlier moment; to be asked before the map is. */
  long readNanos() {
    return readNanos;
  }

  /** Reads the map. */
  void refresh() throws SQLException {
    refreshUnlessReadAfter(clock.nanoTime());
  }

  /**
   * Makes sure that the map was read after a moment. A store that does not answer changes nothing:
   * the map stays as it is.
   */
  void refreshAfter(long nanos) {
    try {
      refreshUnlessReadAfter(nanos);
    } catch (SQLException e) {
      note(e);
    }
  }

  /** Asks whether a map is the current one still. Versions only grow, so it was all the time. */
  boolean isCurrent(ShardMap read) throws SQLException {
    return store.version() == read.version();
  }

  private void refreshUnlessReadAfter(long nanos) throws SQLException {
    lock.lock();
    try {
      if (map != null && readNanos - nanos > 0) {
        return;
      }
      if (map == null || isLeaseOver()) {
        // Movers must know of this instance before it has a map, or they delete what it reads.
        store.report(instance, version());
      }
      long started = clock.nanoTime();
      take(store.load());
      // Only now: while this fails the lease runs out, here and in the eyes of the movers.
      store.report(instance, map().version());
      readNanos = started;
      failing = false;
    } finally {
      lock.unlock();
    }
  }

  private void take(ShardMap read) throws SQLException {
    ShardMap current = map;
    if (current != null && read.version() == current.version() && !read.equals(current)) {
      throw new SQLException(
          "the store has another map of version " + read.version() + " than it had before",
          "TK009");
    }
    if (current == null || read.version() > current.version()) {
      map = read;
    } else if (read.version() < current.version()) {
      throw new SQLException(
          "the store has gone back from version " + current.version() + " to " + read.version(),
          "TK009");
    }
  }

  private void refreshQuietly() {
    try {
      refresh();
    } catch (SQLException | RuntimeException e) {
      note(e);
    }
  }

  private void note(Exception failure) {
    failures.incrementAndGet();
    lock.lock();
    try {
      if (!failing) {
        failing = true;
        LOG.warn("The shard map cannot be read; routing goes on by version {}", version(), failure);
      }
    } finally {
      lock.unlock();
    }
  }

  long failures() {
    return failures.get();
  }

  /** Lets the mover look in the background whether another one died; once at a time. */
  void unblock(Mover mover) {
    if (!unblocking.compareAndSet(false, true)) {
      return;
    }
    executor.execute(
        () -> {
          try {
            int taken = mover.unblock();
            if (taken > 0) {
              LOG.warn("{} moves kept writers out and had no mover; writers are let in", taken);
              refreshQuietly();
            }
          } catch (SQLException | RuntimeException e) {
            LOG.warn("Moves that keep writers out could not be looked at", e);
          } finally {
            unblocking.set(false);
          }
        });
  }

  long version() {
    ShardMap current = map;
    return current == null ? 0 : current.version();
  }

  void refreshSoon() {
    if (soon.compareAndSet(false, true)) {
      executor.execute(
          () -> {
            soon.set(false);
            refreshQuietly();
          });
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
    try {
      store.withdraw(instance);
    } catch (SQLException e) {
      LOG.debug("An instance could not be taken out; its lease will end", e);
    }
  }
}
