// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The clusters that connections of one driver share, by URL and properties; thread-safe. */
final class SharedClusters {
  private static final long THREAD_STAYS_MILLIS = 100;

  private final ConcurrentMap<ClusterPlan, CompletableFuture<SharedCluster>> clusters =
      new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor closing;

  SharedClusters() {
    closing = new ScheduledThreadPoolExecutor(1, SharedClusters::thread);
    // Its one thread lives only while a cluster waits for its end.
    closing.setKeepAliveTime(THREAD_STAYS_MILLIS, TimeUnit.MILLISECONDS);
    closing.allowCoreThreadTimeOut(true);
    closing.setRemoveOnCancelPolicy(true);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "toolkit-idle-close");
    thread.setDaemon(true);
    // Not that of the application which happened to close the last connection.
    thread.setContextClassLoader(SharedClusters.class.getClassLoader());
    return thread;
  }

  /** Opens a connection to the cluster of {@code plan}, which the first call builds. */
  Connection connect(ClusterPlan plan) throws SQLException {
    while (true) {
      Connection connection = cluster(plan).connect();
      if (connection != null) {
        return connection;
      }
    }
  }

  private SharedCluster cluster(ClusterPlan plan) throws SQLException {
    CompletableFuture<SharedCluster> mine = new CompletableFuture<>();
    CompletableFuture<SharedCluster> present = clusters.putIfAbsent(plan, mine);
    if (present != null) {
      return await(present);
    }
    try {
      mine.complete(new SharedCluster(plan.open(), plan, this));
    } catch (RuntimeException | Error e) {
      clusters.remove(plan, mine);
      mine.completeExceptionally(e);
    }
    return await(mine);
  }

  private static SharedCluster await(CompletableFuture<SharedCluster> future) throws SQLException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw failure(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLTransientConnectionException("interrupted while connecting", "08001", e);
    }
  }

  /** A failure of the start with the state that the product's driver gave it, if it did. */
  private static SQLException failure(Throwable cause) {
    String state = "08001";
    int code = 0;
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof SQLException sql && sql.getSQLState() != null) {
        state = sql.getSQLState();
        code = sql.getErrorCode();
      }
    }
    return new SQLException(cause.getMessage(), state, code, cause);
  }

  Future<?> schedule(Runnable task, Duration delay) {
    return closing.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  void forget(SharedCluster cluster) {
    clusters.computeIfPresent(
        cluster.plan(), (plan, future) -> holds(future, cluster) ? null : future);
  }

  private static boolean holds(CompletableFuture<SharedCluster> future, SharedCluster cluster) {
    return future.isDone() && !future.isCompletedExceptionally() && future.join() == cluster;
  }

  /** Closes all of them, whether they are in use or not. */
  void close() {
    closing.getQueue().clear();
    for (ClusterPlan plan : clusters.keySet()) {
      CompletableFuture<SharedCluster> future = clusters.remove(plan);
      if (future != null) {
        // One that is still being built is closed by the thread that builds it.
        var unused = future.thenAccept(SharedCluster::close);
      }
    }
  }
}
