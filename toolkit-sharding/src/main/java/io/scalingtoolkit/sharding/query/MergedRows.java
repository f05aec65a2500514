// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Rows of all shards as one result, read from the shards while they are asked for.
 *
 * <p>Like a result set it stands before its first row, holds a connection of every shard, and must
 * be closed; the connections go back at once when the last row or the limit has been reached. After
 * the deadline of the query it is closed by itself.
 *
 * <p>Confined to one thread at a time; {@code lock} keeps the deadline from closing connections
 * that are just read from.
 */
public final class MergedRows implements AutoCloseable {
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final RowSource source;
  private final Deadline deadline;
  private final Future<?> expiry;
  private final ReentrantLock lock = new ReentrantLock();
  private final long limit;
  private boolean expired;
  private long delivered;
  private boolean closed;
  private @Nullable Row row;

  /** Owns the source. */
  MergedRows(RowSource source, long limit, FanOut fanOut) {
    this.source = source;
    this.limit = limit;
    deadline = fanOut.deadline();
    expiry = fanOut.threads().breakOffIn(Math.max(0, deadline.remainingNanos()), this::expire);
  }

  /**
   * Goes on to the next row; blocks while a shard delivers.
   *
   * @return whether there is one; false after the last one, the limit and {@link #close}
   * @throws SQLException if a shard fails, and the policy is to fail then; if the deadline is over,
   *     of class {@link SQLTimeoutException}; if a shard delivers rows in another order than
   *     declared or a value that cannot be compared, of class {@link java.sql.SQLDataException} or
   *     with SQLState {@code TK012}. The rows are closed then
   */
  public boolean next() throws SQLException {
    lock.lock();
    try {
      row = null;
      if (closed) {
        if (expired) {
          throw late();
        }
        return false;
      }
      try {
        @Nullable Object[] values = delivered == limit ? null : source.next();
        if (deadline.isOver()) {
          expired = true;
          throw late();
        }
        if (values != null) {
          delivered++;
          row = new Row(values);
        }
      } catch (SQLException e) {
        if (!deadline.isOver()) {
          throw e;
        }
        expired = true;
        throw late(e);
      } finally {
        if (row == null) {
          close();
        }
      }
      return row != null;
    } finally {
      lock.unlock();
    }
  }

  private SQLException late(SQLException cause) {
    SQLException late = late();
    if (!(cause instanceof SQLTimeoutException)) {
      late.initCause(cause);
    }
    return late;
  }

  private SQLException late() {
    return deadline.exceeded("the rows were not read");
  }

  /**
   * The current row, which stays valid.
   *
   * @throws IllegalStateException before the first row and after the last one
   */
  public Row row() {
    Row current = row;
    if (current == null) {
      throw new IllegalStateException("there is no row here; call next() first");
    }
    return current;
  }

  /**
   * The shards whose rows are missing, in part or all, with the reason; grows while rows are read,
   * so look when {@link #next} was false. Always empty under {@link FailurePolicy#FAIL}.
   */
  public Map<String, SQLException> failures() {
    return Map.copyOf(source.failures());
  }

  /** Cancels the statements and gives the connections back; the second time nothing. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        expiry.cancel(false);
        source.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Runs in a thread of its own when the deadline is over. */
  private void expire() {
    // Without the lock: whoever has it may be waiting for the shard that is cancelled here.
    source.interrupt();
    boolean locked = false;
    try {
      locked = lock.tryLock(GRACE_NANOS, TimeUnit.NANOSECONDS);
      if (!locked) {
        source.abort();
      } else if (!closed) {
        expired = true;
        close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      source.abort();
    } finally {
      if (locked) {
        lock.unlock();
      }
    }
  }
}
