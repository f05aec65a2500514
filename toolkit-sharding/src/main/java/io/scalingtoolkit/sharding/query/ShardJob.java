// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Something that one thread does at a shard and another one may cancel.
 *
 * <p>Whoever cancels does not wait: the job frees what it holds in its own thread, as soon as the
 * pool or the database lets it go.
 *
 * <p>Thread-safe; the flags and {@code waiting} are guarded by this object.
 */
abstract class ShardJob<T extends @Nullable Object> {
  private final String shard;
  private boolean begun;
  private boolean cancelled;
  private boolean ended;
  private @Nullable Thread waiting;

  ShardJob(String shard) {
    this.shard = shard;
  }

  String shard() {
    return shard;
  }

  /** What to say when the deadline is over. */
  String late() {
    return "shard \"" + shard + "\" did not answer";
  }

  /** Does the work in this thread. */
  final T run() throws SQLException {
    if (!claim()) {
      throw cancelled();
    }
    try {
      return work();
    } finally {
      synchronized (this) {
        ended = true;
      }
    }
  }

  /** Whether nobody has begun; if so nobody else will. */
  final synchronized boolean claim() {
    boolean first = !begun;
    begun = true;
    return first;
  }

  /**
   * Has the job end soon.
   *
   * @return whether it was under way, so that {@link #interrupt} makes sense
   */
  final synchronized boolean cancel() {
    cancelled = true;
    if (waiting != null) {
      waiting.interrupt();
    }
    return !ended;
  }

  /** Whether nothing is under way any more. */
  final synchronized boolean isEnded() {
    return ended;
  }

  /** A connection, which may have to be waited for; to cancel the job ends the waiting. */
  final Connection connect(DataSource pool) throws SQLException {
    synchronized (this) {
      requireWanted();
      waiting = Thread.currentThread();
    }
    Connection connection = null;
    boolean wanted = false;
    try {
      connection = pool.getConnection();
    } finally {
      synchronized (this) {
        waiting = null;
        wanted = !cancelled;
      }
      if (!wanted) {
        // The interrupt was meant for the waiting, which is over.
        boolean unused = Thread.interrupted();
        if (connection != null) {
          connection.close();
        }
      }
    }
    if (!wanted) {
      throw cancelled();
    }
    return connection;
  }

  final synchronized void requireWanted() throws SQLException {
    if (cancelled) {
      throw cancelled();
    }
  }

  private static SQLException cancelled() {
    return new SQLException("cancelled", "57014");
  }

  /** Does the work; frees what it holds when it throws. */
  abstract T work() throws SQLException;

  /** Cancels what the database is at; called by another thread. */
  void interrupt() {}

  /** Breaks the connection, because cancelling did not help; called by another thread. */
  void abort() {}

  /** Frees a result that nobody wants. */
  void discard(T result) {}
}
