// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.replication.internal.jdbc.RoutedConnection;
import io.scalingtoolkit.replication.internal.jdbc.Routing;
import io.scalingtoolkit.replication.internal.node.Cluster;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.Reading;
import io.scalingtoolkit.replication.internal.route.Router;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A data source over one primary and its replicas that sends each statement where it belongs.
 *
 * <p>When to use: an application on PostgreSQL, MariaDB or MySQL whose reads outgrow one server. In
 * a transaction the first statement decides: a transaction declared read-only goes to a replica,
 * any other to the primary. In autocommit the text of the statement decides, and what is not surely
 * a read goes to the primary. Which replicas qualify is a matter of {@link ReadConsistency}; by
 * default a session never reads older data than it has written or seen, at no extra round trip.
 *
 * <p>A connection borrows one from a pool when its first statement is executed, so opening one,
 * asking it for its metadata and closing it touches no database. The pools are the caller's and
 * stay open when this is closed.
 *
 * <p>When not to use: for statements over several data sources in one distributed transaction.
 *
 * <p>Thread-safe. {@link #getConnection()} does not block; executing a statement may wait for a
 * pool.
 */
public final class ReplicationDataSource implements DataSource, AutoCloseable {
  private static final long REMOVAL_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Cluster cluster;
  private final Routing routing;
  private final Router router;
  private final @Nullable DiscoveredReplicas discovered;
  private @Nullable PrintWriter logWriter;

  ReplicationDataSource(Routing routing, @Nullable DiscoveredReplicas discovered) {
    this.routing = routing;
    this.discovered = discovered;
    this.router = routing.router();
    this.cluster = router.cluster();
  }

  /**
   * Returns a builder.
   *
   * @param primary connections to the primary, usually a HikariCP pool
   */
  public static ReplicationDataSourceBuilder builder(DataSource primary) {
    return new ReplicationDataSourceBuilder(Objects.requireNonNull(primary, "primary"));
  }

  /**
   * Returns a connection that borrows from a pool with its first statement.
   *
   * @throws SQLException if this data source is closed
   */
  @Override
  public Connection getConnection() throws SQLException {
    if (cluster.isClosed()) {
      throw new SQLException(router.source() + " is closed", "08003");
    }
    return new RoutedConnection(routing);
  }

  /**
   * Not supported: the pools know who connects.
   *
   * @throws SQLFeatureNotSupportedException always
   */
  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException(
        "credentials belong to the pools of " + router.source(), "0A000");
  }

  /** Returns the name by which bookmarks and metrics know this data source. */
  public String name() {
    return router.source();
  }

  /** Returns what is known of the nodes now, without asking them. */
  public ReplicationStatus status() {
    return StatusReport.of(
        cluster, router.meters(), node -> discovered != null && discovered.contains(node));
  }

  /**
   * Adds a replica, which is read from once it has answered and fits.
   *
   * @param name 1 to 64 characters of letters, digits, dot, dash and underscore, not in use yet
   * @throws IllegalArgumentException if the name breaks that rule, or if there are 63 replicas
   * @throws IllegalStateException if this data source is closed
   */
  public void addReplica(String name, DataSource pool, ReplicaOptions options) {
    Node node =
        cluster.add(
            NodeNames.check(name),
            Objects.requireNonNull(pool, "pool"),
            TargetLoad.of(name, options.weight(), options.zone()));
    router.meters().added(node);
  }

  /**
   * Takes a replica out for good; its pool stays open.
   *
   * <p>No read starts on it any more. Statements and transactions that run on it have 5 s to end
   * there, for which this waits; an idle connection of this data source that has read on it counts
   * until it is used again or closed. Once this has returned true, closing the pool cuts nobody.
   * Where it returned false, an autocommit read that is cut by that runs again elsewhere, and a
   * transaction fails.
   *
   * <p>The pool of a replica that was discovered is closed then. The discovery adds it again only
   * after it has been gone for some time.
   *
   * @return whether none of its connections is in use any more
   * @throws IllegalArgumentException if there is no such node, or if it is the primary
   * @throws InterruptedException if interrupted while waiting; the replica is out all the same
   */
  public boolean removeReplica(String name) throws InterruptedException {
    Node node = replica(name);
    router.meters().removed(node);
    return discovered == null
        ? cluster.remove(node, REMOVAL_WAIT_NANOS)
        : discovered.remove(node, REMOVAL_WAIT_NANOS);
  }

  /**
   * Starts no more reads on a replica, or does so again. Statements that run on it go on.
   *
   * @throws IllegalArgumentException if there is no such node, or if it is the primary
   */
  public void drainReplica(String name, boolean drain) {
    cluster.drain(replica(name), drain);
  }

  /**
   * Changes the share of a replica relative to the others.
   *
   * @param weight 0 or 0.000001 to 1,000,000
   * @throws IllegalArgumentException if out of range or if there is no such node
   */
  public void setReplicaWeight(String name, double weight) {
    node(name).load().setWeight(ReplicaOptions.standard().withWeight(weight).weight());
  }

  private Node replica(String name) {
    Node node = node(name);
    if (cluster.topology().primary() == node) {
      throw new IllegalArgumentException(
          "node " + name + " is the primary of " + name() + " and cannot be taken out");
    }
    return node;
  }

  private Node node(String name) {
    return cluster.nodes().stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(name() + " has no node named \"" + name + "\""));
  }

  /**
   * Returns the name of the node on which a connection of this class executed its last statement;
   * null before the first, and for other connections.
   *
   * @throws SQLException if {@code connection} is closed
   */
  public static @Nullable String nodeOf(Connection connection) throws SQLException {
    return connection.isWrapperFor(RoutedConnection.class)
        ? connection.unwrap(RoutedConnection.class).lastNodeName()
        : null;
  }

  /**
   * Waits until every replica that answers shows all that is committed on the primary now; for
   * tests and for maintenance.
   *
   * @param timeoutMillis how long to wait at most
   * @return whether they all do
   */
  boolean awaitReplicas(long timeoutMillis) throws InterruptedException {
    Node primary = cluster.topology().primary();
    if (primary == null) {
      return false;
    }
    long budget = timeoutMillis * 1_000_000L;
    long end = router.now() + budget;
    Reading target = primary.prober().awaitSentAfter(router.now(), budget);
    if (target == null) {
      return false;
    }
    for (Node node : cluster.topology().replicas()) {
      while (node.isReadable()) {
        Reading reading = node.reading();
        if (reading != null && reading.sample().position().covers(target.sample().position())) {
          break;
        }
        long left = end - router.now();
        if (left <= 0 || node.prober().awaitSentAfter(router.now(), left) == null) {
          return false;
        }
      }
    }
    return true;
  }

  Router router() {
    return router;
  }

  /**
   * Stops the threads of this data source. Connections in use stay usable; the pools stay open, but
   * for those of discovered replicas.
   */
  @Override
  public void close() {
    if (discovered != null) {
      discovered.stop();
    }
    cluster.close();
    if (discovered != null) {
      discovered.close();
    }
    router.meters().close();
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return logWriter;
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) {
    logWriter = out;
  }

  /** Does nothing: the pools have time-outs of their own. */
  @Override
  public void setLoginTimeout(int seconds) {}

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("logs go to slf4j", "0A000");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    Node primary = cluster.topology().primary();
    if (primary != null && type.isInstance(primary.pool())) {
      return type.cast(primary.pool());
    }
    throw new SQLException(name() + " wraps no " + type.getName(), "0A000");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    Node primary = cluster.topology().primary();
    return type.isInstance(this) || (primary != null && type.isInstance(primary.pool()));
  }

  @Override
  public String toString() {
    return "ReplicationDataSource[" + name() + "]";
  }
}
