// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.core.balance.Balancer;
import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.replication.internal.engine.Probe;
import io.scalingtoolkit.replication.internal.engine.Sample;
import io.scalingtoolkit.replication.internal.node.Cluster;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.Reading;
import io.scalingtoolkit.replication.internal.route.RouteMeters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas that were found at run time: adds those that a discovery names, and takes out those
 * that are gone; thread-safe.
 */
final class DiscoveredReplicas implements AutoCloseable {
  // Concurrency: one round at a time, on the thread of this or in a test. `found` and `dismissed`
  // are guarded by this; the discovery, pools, connections and the removal of a node, which waits,
  // are called without it. Of two that take the same replica out, the one that takes it from
  // `found` closes its pool.
  private static final Logger LOG = LoggerFactory.getLogger(ReplicationDataSource.class);

  /** Rounds in a row in which a replica must be missing before it is given up. */
  static final int MISSES = 3;

  private final Cluster cluster;
  private final RouteMeters meters;
  private final ReplicaDiscovery discovery;
  private final Function<ReplicaAddress, @Nullable DataSource> pools;
  private final Duration callLimit;
  private final Map<String, Found> found = new HashMap<>();
  // Names of what the user has taken out, with the rounds in a row in which they were missing.
  private final Map<String, Integer> dismissed = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable BoundedCall call;
  private volatile @Nullable Thread thread;
  // Of the thread that runs rounds: what went wrong in the last round, and in this one.
  private Set<String> told = Set.of();
  private final Set<String> problems = new HashSet<>();

  /** A replica that has a pool. */
  private static final class Found {
    private final ReplicaAddress address;
    private final DataSource pool;
    // Null before it has answered; written by a round, under the lock of the whole.
    private @Nullable Node node;
    // Of the thread that runs rounds.
    private int misses;

    Found(ReplicaAddress address, DataSource pool) {
      this.address = address;
      this.pool = pool;
    }
  }

  DiscoveredReplicas(
      Cluster cluster,
      RouteMeters meters,
      ReplicaDiscovery discovery,
      Function<ReplicaAddress, @Nullable DataSource> pools,
      Duration callLimit) {
    this.cluster = cluster;
    this.meters = meters;
    this.discovery = discovery;
    this.pools = pools;
    this.callLimit = callLimit;
  }

  /** Starts to ask, at once and then every {@code interval}. */
  void start(Duration interval) {
    Thread rounds = new Thread(() -> run(interval), "toolkit-discovery-" + source());
    rounds.setDaemon(true);
    thread = rounds;
    rounds.start();
  }

  private void run(Duration interval) {
    while (!isClosed()) {
      round();
      try {
        closed.await(interval.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        LOG.debug("{}: woken between two rounds of discovery", source(), e);
      }
    }
  }

  private String source() {
    return cluster.settings().name();
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Asks once and does what follows. What fails changes nothing and is tried again next time. */
  void round() {
    problems.clear();
    try {
      List<ReplicaAddress> named = ask();
      Set<Found> seen = new HashSet<>();
      Set<String> ambiguous = ambiguous(named);
      forgive(named);
      for (ReplicaAddress address : named) {
        see(address, ambiguous.contains(address.name()), seen);
      }
      for (Found missing : missing(seen)) {
        giveUp(missing);
      }
    } catch (Exception | Error e) {
      // Without this thread nothing would be found until the process ends.
      problem("replicas could not be discovered", e);
    }
    told = Set.copyOf(problems);
    if (!problems.isEmpty() && !isClosed()) {
      meters.discoveryFailed();
    }
  }

  private void problem(String what, Throwable cause) {
    problem(what + ": " + (cause instanceof SQLException ? cause.getMessage() : cause));
    LOG.debug("{}: {}", source(), what, cause);
  }

  private void problem(String text) {
    if (problems.add(text) && !told.contains(text) && !isClosed()) {
      LOG.warn("{}: {}", source(), text);
    }
  }

  private List<ReplicaAddress> ask() throws Exception {
    Node primary = cluster.topology().primary();
    if (primary == null) {
      throw new SQLException("there is no primary to ask: " + cluster.topology().obstacle());
    }
    return bounded(
        primary.pool(),
        connection -> {
          List<ReplicaAddress> named = List.copyOf(discovery.find(connection));
          if (!connection.getAutoCommit()) {
            connection.rollback();
          }
          return named;
        });
  }

  private <T> T bounded(DataSource pool, BoundedCall.Body<T> body) throws Exception {
    BoundedCall bounded = new BoundedCall(callLimit);
    call = bounded;
    if (isClosed()) {
      bounded.cut();
    }
    return bounded.run(pool, body);
  }

  private static Set<String> ambiguous(List<ReplicaAddress> named) {
    Set<String> names = new HashSet<>();
    return named.stream()
        .map(ReplicaAddress::name)
        .filter(name -> !names.add(name))
        .collect(Collectors.toSet());
  }

  /** Lets those come again that the user has taken out and that have been gone since. */
  private synchronized void forgive(List<ReplicaAddress> named) {
    Set<String> names = named.stream().map(ReplicaAddress::name).collect(Collectors.toSet());
    dismissed.replaceAll((name, misses) -> names.contains(name) ? 0 : misses + 1);
    dismissed.values().removeIf(misses -> misses >= MISSES);
  }

  private void see(ReplicaAddress address, boolean ambiguous, Set<Found> seen) {
    Found known = known(address.name());
    if (known != null && known.address.equals(address)) {
      known.misses = 0;
    } else if (ambiguous) {
      problem(
          "there are several replicas named "
              + address.name()
              + ", which are left out until their names differ; on PostgreSQL set application_name"
              + " in primary_conninfo, or cluster_name");
      return;
    } else if (known != null || isTaken(address.name())) {
      // One with this name at another address counts as missing until it is out.
      return;
    } else {
      known = make(address);
    }
    if (known != null) {
      seen.add(known);
      admit(known);
    }
  }

  private synchronized @Nullable Found known(String name) {
    return found.get(name);
  }

  /** Tells whether a name is that of a node that was configured, or was taken out. */
  private synchronized boolean isTaken(String name) {
    return dismissed.containsKey(name)
        || cluster.nodes().stream().anyMatch(node -> node.name().equals(name));
  }

  private @Nullable Found make(ReplicaAddress address) {
    if (isFull()) {
      problem(
          "there are more than %d replicas; %s is left out"
              .formatted(Balancer.MAX_TARGETS - 1, address.name()));
      return null;
    }
    DataSource pool;
    try {
      pool = pools.apply(address);
    } catch (RuntimeException e) {
      problem("there is no pool for " + address, e);
      return null;
    }
    if (pool == null) {
      return null;
    }
    Found made = new Found(address, pool);
    synchronized (this) {
      if (!isClosed()) {
        found.put(address.name(), made);
        return made;
      }
    }
    close(address.name(), pool);
    return null;
  }

  private synchronized boolean isFull() {
    long waiting = found.values().stream().filter(one -> one.node == null).count();
    return cluster.nodes().size() + waiting >= Balancer.MAX_TARGETS;
  }

  /**
   * Adds a replica that has proved to be one. A server that accepts writes would be taken for a
   * second primary and stop all writes: MySQL and MariaDB start that way unless told otherwise.
   */
  private void admit(Found replica) {
    if (replica.node != null) {
      return;
    }
    String name = replica.address.name();
    if (isTaken(name)) {
      // Configured since it was found.
      forget(replica);
      return;
    }
    try {
      String obstacle = obstacle(bounded(replica.pool, this::sample));
      if (obstacle == null) {
        add(replica);
      } else {
        problem("replica " + name + " is left out: " + obstacle);
      }
    } catch (Exception e) {
      problem("replica " + name + " is left out", e);
    }
  }

  private Sample sample(Connection connection) throws SQLException {
    try (Probe probe = cluster.engine().open(connection)) {
      return probe.sample(cluster.settings().clock());
    }
  }

  private @Nullable String obstacle(Sample sample) {
    if (sample.isPrimary()) {
      return "it accepts writes; on MariaDB and MySQL set read_only=1 on it";
    }
    if (!cluster.isOfThisCluster(sample)) {
      return "it belongs to another cluster, " + sample.cluster();
    }
    // Tells on PostgreSQL alone. Of the others the figure differs from one connection to the next.
    for (Node node : cluster.nodes()) {
      Reading reading = node.reading();
      if (reading != null && reading.sample().incarnation().equals(sample.incarnation())) {
        return "it is the server that is known as " + node.name();
      }
    }
    return null;
  }

  private synchronized void add(Found replica) {
    String name = replica.address.name();
    Node node = cluster.add(name, replica.pool, TargetLoad.of(name));
    replica.node = node;
    meters.added(node);
    LOG.info("{}: found replica {}", source(), replica.address);
  }

  private synchronized List<Found> missing(Set<Found> seen) {
    List<Found> missing = new ArrayList<>(found.values());
    missing.removeAll(seen);
    return missing;
  }

  /** Takes out a replica that is missing again, if it has been for long and is of no use. */
  private void giveUp(Found replica) {
    replica.misses++;
    Node node = replica.node;
    if (replica.misses >= MISSES && (node == null || takeOut(node))) {
      forget(replica);
    }
  }

  /** Takes a node out unless it answers, which may be the case a moment later, or is drained. */
  private boolean takeOut(Node node) {
    boolean drained = node.isDrained();
    if (!isOfNoUse(node, drained)) {
      return false;
    }
    // From here on it cannot become the primary. If it just did, it is left as it was.
    cluster.drain(node, true);
    if (!isOfNoUse(node, drained)) {
      cluster.drain(node, drained);
      return false;
    }
    LOG.warn("{}: replica {} is gone and taken out", source(), node.name());
    meters.removed(node);
    try {
      cluster.remove(node, 0);
    } catch (InterruptedException e) {
      LOG.debug("{}: {} is out before its probe has ended", source(), node.name(), e);
    }
    return true;
  }

  private boolean isOfNoUse(Node node, boolean drained) {
    boolean idle = drained && node.load().inFlight() == 0;
    return cluster.topology().primary() != node && (!node.isUp() || idle);
  }

  private void forget(Found replica) {
    boolean mine;
    synchronized (this) {
      mine = found.remove(replica.address.name(), replica);
    }
    if (mine) {
      close(replica.address.name(), replica.pool);
    }
  }

  /** Tells whether a node was found here. */
  synchronized boolean contains(Node node) {
    return found.values().stream().anyMatch(one -> one.node == node);
  }

  /**
   * Takes a node out because the user wants it, and closes its pool if it was found here. The name
   * is not found again before it has been missing for some rounds.
   */
  boolean remove(Node node, long waitNanos) throws InterruptedException {
    Found replica;
    synchronized (this) {
      dismissed.put(node.name(), 0);
      Found known = found.get(node.name());
      replica = known != null && known.node == node ? known : null;
    }
    try {
      return cluster.remove(node, waitNanos);
    } finally {
      if (replica != null) {
        forget(replica);
      }
    }
  }

  private void close(String name, DataSource pool) {
    if (pool instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        LOG.warn("{}: the pool of {} could not be closed", source(), name, e);
      }
    }
  }

  /** Ends the rounds, also one that waits for an answer; the pools stay open. */
  void stop() {
    closed.countDown();
    BoundedCall current = call;
    if (current != null) {
      current.cut();
    }
    Thread rounds = thread;
    if (rounds != null) {
      rounds.interrupt();
      try {
        rounds.join(cluster.settings().sampleWait().toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends the rounds and closes all pools; to be called when the nodes are no longer used. */
  @Override
  public void close() {
    stop();
    List<Found> left;
    synchronized (this) {
      left = List.copyOf(found.values());
    }
    left.forEach(this::forget);
  }
}
