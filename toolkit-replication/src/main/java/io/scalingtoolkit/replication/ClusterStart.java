// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.replication.internal.engine.Engine;
import io.scalingtoolkit.replication.internal.engine.Engines;
import io.scalingtoolkit.replication.internal.jdbc.Routing;
import io.scalingtoolkit.replication.internal.jdbc.ServerFacts;
import io.scalingtoolkit.replication.internal.node.Cluster;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.PoolDefaults;
import io.scalingtoolkit.replication.internal.node.ProbeConnections;
import io.scalingtoolkit.replication.internal.node.Reading;
import io.scalingtoolkit.replication.internal.route.RouteMeters;
import io.scalingtoolkit.replication.internal.route.Router;
import io.scalingtoolkit.replication.sql.FunctionCatalog;
import io.scalingtoolkit.replication.sql.SqlClassifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first contact with a cluster: what it is, whether it fits, and who is its primary. */
final class ClusterStart {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicationDataSource.class);
  private static final Duration REPLICA_WAIT = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofMillis(5);
  // Time for some more samples, of which one may tell which of two is right.
  private static final Duration SPLIT_BRAIN_WAIT = Duration.ofMillis(500);
  private static final int ACCESS_DENIED = 1045;
  private static final int NO_DATABASE = 1049;

  private final ReplicationDataSourceBuilder plan;
  private final Map<String, String> failures = new LinkedHashMap<>();

  ClusterStart(ReplicationDataSourceBuilder plan) {
    this.plan = plan;
  }

  /** What one node told, whichever of them it was. */
  private record Contact(Engine engine, ServerFacts facts, SqlClassifier classifier) {}

  ReplicationDataSource run() {
    Contact contact = firstContact();
    Cluster cluster = new Cluster(plan.clusterSettings(), contact.engine());
    try {
      plan.pools().forEach((name, pool) -> cluster.add(name, pool, plan.load(name)));
      cluster.start();
      awaitPrimary(cluster);
      awaitReplicas(cluster);
      cluster.nodes().forEach(ClusterStart::warnIfSilent);
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
    RouteMeters meters = new RouteMeters(plan.meterRegistry(), cluster);
    Router router = new Router(cluster, plan.routerSettings(), meters);
    int primaryReads = plan.primaryReads();
    DiscoveredReplicas discovered = plan.discovered(cluster, meters);
    if (discovered != null) {
      discovered.start(plan.discoveryInterval());
    }
    return new ReplicationDataSource(
        new Routing(
            router,
            contact.classifier(),
            plan.routesBySql(),
            contact.facts(),
            primaryReads == Integer.MAX_VALUE ? null : new Semaphore(primaryReads),
            plan.capturesOnCommit()),
        discovered);
  }

  /** The primary is asked first, and replicas in its place when it does not answer. */
  private Contact firstContact() {
    SQLException first = null;
    long end = System.nanoTime() + plan.startTimeout().toNanos();
    int left = plan.pools().size();
    for (Map.Entry<String, DataSource> node : plan.pools().entrySet()) {
      try {
        long share = Math.max(0, end - System.nanoTime()) / left--;
        return within(share, node.getKey(), () -> contact(node.getValue()));
      } catch (SQLException e) {
        if (isRefusal(e)) {
          throw refused(node.getKey(), e);
        }
        failures.put(node.getKey(), String.valueOf(e.getMessage()));
        first = first == null ? e : first;
      }
    }
    throw new ReplicationException(
        plan.name() + ": no node answers: " + failures, Objects.requireNonNull(first));
  }

  private Contact contact(DataSource pool) throws SQLException {
    try (Connection connection = ProbeConnections.connect(pool)) {
      Engine engine = Engines.of(connection, plan.capturesOnCommit());
      SqlClassifier.Builder classifier = SqlClassifier.builder(engine.dialect());
      classifier.catalog(FunctionCatalog.load(connection, engine.dialect()));
      plan.allowedFunctions().forEach(classifier::allowFunction);
      plan.deniedFunctions().forEach(classifier::denyFunction);
      return new Contact(engine, facts(pool, connection), classifier.build());
    }
  }

  /**
   * A data source without time limits of its own may wait for a server that hangs for ever. Its
   * thread is then left to it, and closes what it gets.
   */
  private Contact within(long nanos, String node, Callable<Contact> ask) throws SQLException {
    FutureTask<Contact> task = new FutureTask<>(ask);
    Thread thread = new Thread(task, "toolkit-start-" + plan.name() + "/" + node);
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new SQLException(
          "no answer within " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms", "08001", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ReplicationException(plan.name() + ": interrupted while waiting for the nodes", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SQLException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new ReplicationException(plan.name() + ": node " + node + " cannot be asked", e);
    }
  }

  /** What pools set on their connections is what the application's connections start with. */
  private static ServerFacts facts(DataSource pool, Connection connection) throws SQLException {
    if (pool instanceof HikariDataSource hikari) {
      if (hikari.getCatalog() != null) {
        connection.setCatalog(hikari.getCatalog());
      }
      if (hikari.getSchema() != null) {
        connection.setSchema(hikari.getSchema());
      }
      int isolation = PoolDefaults.isolation(pool);
      if (isolation >= 0) {
        connection.setTransactionIsolation(isolation);
      }
      connection.setAutoCommit(hikari.isAutoCommit());
    }
    ServerFacts facts = ServerFacts.of(connection);
    if (!connection.getAutoCommit()) {
      connection.rollback();
    }
    return facts;
  }

  private static boolean isRefusal(@Nullable Throwable failure) {
    if (!(failure instanceof SQLException e)) {
      return false;
    }
    String state = Objects.requireNonNullElse(e.getSQLState(), "");
    return state.startsWith("28")
        || state.equals("3D000")
        || state.equals("0A000")
        || e.getErrorCode() == ACCESS_DENIED
        || e.getErrorCode() == NO_DATABASE
        || isRefusal(e.getCause());
  }

  private ReplicationException refused(String node, Exception e) {
    return new ReplicationException(
        "%s: node %s cannot be used: %s".formatted(plan.name(), node, e.getMessage()), e);
  }

  private void awaitPrimary(Cluster cluster) {
    long begin = System.nanoTime();
    long end = begin + plan.startTimeout().toNanos();
    while (cluster.topology().primary() == null) {
      checkFit(cluster);
      checkInterrupt();
      boolean allKnown = cluster.nodes().stream().allMatch(ClusterStart::hasBeenHeardOf);
      String obstacle = cluster.topology().obstacle();
      if (allKnown
          && obstacle.startsWith("split brain")
          && System.nanoTime() - begin > SPLIT_BRAIN_WAIT.toNanos()) {
        throw new ReplicationException(plan.name() + ": " + obstacle);
      }
      if (System.nanoTime() - end > 0) {
        throw new ReplicationException(
            "%s: no node has accepted writes within %d ms: %s"
                .formatted(plan.name(), plan.startTimeout().toMillis(), describe(cluster)));
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** An interrupted thread does not park, and should not wait either. */
  private void checkInterrupt() {
    if (Thread.currentThread().isInterrupted()) {
      throw new ReplicationException(plan.name() + ": interrupted while waiting for the nodes");
    }
  }

  private void awaitReplicas(Cluster cluster) {
    long end = System.nanoTime() + REPLICA_WAIT.toNanos();
    while (!cluster.nodes().stream().allMatch(ClusterStart::hasBeenHeardOf)
        && System.nanoTime() - end < 0) {
      checkInterrupt();
      LockSupport.parkNanos(POLL.toNanos());
    }
    // A node that answered later may have cast doubt on who is the primary.
    awaitPrimary(cluster);
    checkFit(cluster);
  }

  private static boolean hasBeenHeardOf(Node node) {
    return node.reading() != null || node.lastFailure() != null;
  }

  private void checkFit(Cluster cluster) {
    for (Node node : cluster.nodes()) {
      Exception failure = node.lastFailure();
      if (failure != null && node.reading() == null && isRefusal(failure)) {
        throw refused(node.name(), failure);
      }
      Reading reading = node.reading();
      if (reading != null && !cluster.isOfThisCluster(reading.sample())) {
        throw new ReplicationException(
            "%s: node %s belongs to another cluster, %s, than the primary, %s"
                .formatted(
                    plan.name(), node.name(), reading.sample().cluster(), cluster.clusterId()));
      }
    }
  }

  private static String describe(Cluster cluster) {
    Map<String, String> nodes = new LinkedHashMap<>();
    for (Node node : cluster.nodes()) {
      Reading reading = node.reading();
      Exception failure = node.lastFailure();
      nodes.put(
          node.name(),
          reading != null
              ? "is a " + reading.sample().role().name().toLowerCase(java.util.Locale.ROOT)
              : failure == null ? "has not answered" : String.valueOf(failure.getMessage()));
    }
    return nodes.toString();
  }

  private static void warnIfSilent(Node node) {
    Exception failure = node.lastFailure();
    if (!node.isUp()) {
      LOG.warn(
          "{} does not answer and is left out until it does: {}",
          node.label(),
          failure == null
              ? "no answer within " + TimeUnit.NANOSECONDS.toMillis(REPLICA_WAIT.toNanos()) + " ms"
              : failure.getMessage());
    }
  }
}
