// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.replication.internal.node.ProbeConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call over one connection of the thread that makes this, cut when it takes too long;
 * thread-safe.
 */
final class BoundedCall {
  // Concurrency: the fields are guarded by this. The connection is aborted under the monitor too,
  // because afterwards it may be somebody else's.
  private static final Logger LOG = LoggerFactory.getLogger(ReplicationDataSource.class);

  private final Thread thread = Thread.currentThread();
  private final Duration limit;
  private @Nullable Connection connection;
  private boolean cut;
  private boolean over;

  /** What is done with the connection. */
  interface Body<T> {
    T call(Connection connection) throws Exception;
  }

  BoundedCall(Duration limit) {
    this.limit = limit;
  }

  /** Opens a connection beside {@code pool} where that is possible, and closes it in the end. */
  <T> T run(DataSource pool, Body<T> body) throws Exception {
    CompletableFuture.delayedExecutor(limit.toNanos(), TimeUnit.NANOSECONDS).execute(this::cut);
    try (Connection opened = ProbeConnections.connect(pool)) {
      hold(opened);
      try {
        return body.call(opened);
      } finally {
        end();
      }
    } catch (Exception e) {
      throw isCut()
          ? new SQLException("no answer within " + limit.toMillis() + " ms", "08001", e)
          : e;
    } finally {
      end();
    }
  }

  private synchronized void hold(Connection opened) throws SQLException {
    connection = opened;
    if (cut) {
      throw new SQLException("cut while it connected", "08001");
    }
  }

  private synchronized boolean isCut() {
    return cut;
  }

  private synchronized void end() {
    over = true;
    connection = null;
    if (cut) {
      // The interrupt was for the call. Whoever is to end finds out by itself.
      Thread.interrupted();
    }
  }

  /** Has the call fail soon; does nothing once it is over. */
  synchronized void cut() {
    if (over || cut) {
      return;
    }
    cut = true;
    thread.interrupt();
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException | RuntimeException e) {
        LOG.debug("a connection could not be cut", e);
      }
    }
  }
}
