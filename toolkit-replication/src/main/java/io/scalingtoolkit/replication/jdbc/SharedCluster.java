// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import io.scalingtoolkit.replication.internal.jdbc.RoutedConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The cluster of one URL, open while connections are and for some time after the last; thread-safe.
 */
final class SharedCluster {
  // Concurrency: connections, closed and idle are guarded by this. Closing a cluster takes its time
  // and happens outside, after closed has been set: who finds it set gets a new cluster.
  private final OpenCluster cluster;
  private final SharedClusters home;
  private final ClusterPlan plan;
  private int connections;
  private boolean closed;
  private @Nullable Future<?> idle;

  SharedCluster(OpenCluster cluster, ClusterPlan plan, SharedClusters home) {
    this.cluster = cluster;
    this.plan = plan;
    this.home = home;
  }

  ClusterPlan plan() {
    return plan;
  }

  /** Opens a connection; null if the cluster has been closed meanwhile. */
  @Nullable Connection connect() throws SQLException {
    if (!enter()) {
      return null;
    }
    boolean opened = false;
    try {
      Connection connection = cluster.dataSource().getConnection();
      AtomicBoolean left = new AtomicBoolean();
      connection
          .unwrap(RoutedConnection.class)
          .whenClosed(
              () -> {
                if (left.compareAndSet(false, true)) {
                  leave();
                }
              });
      opened = true;
      return connection;
    } finally {
      if (!opened) {
        leave();
      }
    }
  }

  private synchronized boolean enter() {
    if (closed) {
      return false;
    }
    connections++;
    if (idle != null) {
      idle.cancel(false);
      idle = null;
    }
    return true;
  }

  private synchronized void leave() {
    connections--;
    if (connections == 0 && !closed) {
      idle = home.schedule(this::closeIfIdle, plan.idleClose());
    }
  }

  private void closeIfIdle() {
    synchronized (this) {
      if (connections > 0 || closed) {
        return;
      }
      closed = true;
    }
    home.forget(this);
    cluster.close();
  }

  /** Closes it although connections may be open; they fail from then on. */
  void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    cluster.close();
  }
}
