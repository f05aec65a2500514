// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.balance.Balancer;
import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.replication.internal.node.Cluster;
import io.scalingtoolkit.replication.internal.node.ClusterSettings;
import io.scalingtoolkit.replication.internal.route.RouteMeters;
import io.scalingtoolkit.replication.internal.route.RouterSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Makes a {@link ReplicationDataSource}; confined, and may build more than one. */
public final class ReplicationDataSourceBuilder {
  private static final Duration MAX_PROBE_INTERVAL = Duration.ofMinutes(1);
  private static final int MAX_REPLICAS = Balancer.MAX_TARGETS - 1;
  private static final Duration DISCOVERY_LIMIT = Duration.ofSeconds(5);

  /** A replica as it was named. */
  record Replica(DataSource pool, ReplicaOptions options) {}

  /** How replicas are found, and what makes their pools. */
  private record Discovery(
      ReplicaDiscovery replicas, Function<ReplicaAddress, @Nullable DataSource> pools) {}

  private final DataSource primary;
  private final Map<String, Replica> replicas = new LinkedHashMap<>();
  private String name = "db";
  private String primaryName = "primary";
  private ReadConsistency consistency = ReadConsistency.session();
  private Balancer balancer = Balancer.powerOfTwoChoices();
  private Duration probeInterval = Duration.ofMillis(10);
  private Duration deadAfter = Duration.ofMillis(500);
  private Duration slowStart = Duration.ofSeconds(5);
  private Duration waitForReplica = Duration.ZERO;
  private Duration startTimeout = Duration.ofSeconds(10);
  private boolean routeBySql = true;
  private boolean captureOnCommit;
  private @Nullable Integer maxPrimaryReads;
  private @Nullable MeterRegistry meterRegistry;
  private @Nullable RouteListener listener;
  private @Nullable Discovery discovery;
  private Duration discoveryInterval = Duration.ofSeconds(10);
  private MonotonicClock clock = MonotonicClock.system();
  private final List<String> allowedFunctions = new ArrayList<>();
  private final List<String> deniedFunctions = new ArrayList<>();

  ReplicationDataSourceBuilder(DataSource primary) {
    this.primary = primary;
  }

  /**
   * Sets the name by which bookmarks, metrics and messages know the data source; {@code db} unless
   * set. All processes that exchange bookmarks must agree on it.
   *
   * @throws IllegalArgumentException if it is not 1 to 64 characters of letters, digits, dot, dash
   *     and underscore
   */
  public ReplicationDataSourceBuilder name(String value) {
    name = NodeNames.check(value);
    return this;
  }

  /** Sets the name of the node given to {@code builder}; {@code primary} unless set. */
  public ReplicationDataSourceBuilder primaryName(String value) {
    primaryName = NodeNames.check(value);
    return this;
  }

  /**
   * Adds a replica with standard options; see {@link #replica(String, DataSource, ReplicaOptions)}.
   */
  public ReplicationDataSourceBuilder replica(String replicaName, DataSource pool) {
    return replica(replicaName, pool, ReplicaOptions.standard());
  }

  /**
   * Adds a replica.
   *
   * @throws IllegalArgumentException if the name is in use or breaks the rule for names, or if
   *     there are 63 replicas already
   */
  public ReplicationDataSourceBuilder replica(
      String replicaName, DataSource pool, ReplicaOptions options) {
    Objects.requireNonNull(pool, "pool");
    Objects.requireNonNull(options, "options");
    NodeNames.check(replicaName);
    if (replicas.containsKey(replicaName) || replicaName.equals(primaryName)) {
      throw new IllegalArgumentException(
          "the name of a node must be unique, but there is a node " + replicaName + " already");
    }
    if (replicas.size() == MAX_REPLICAS) {
      throw new IllegalArgumentException("there may be at most " + MAX_REPLICAS + " replicas");
    }
    replicas.put(replicaName, new Replica(pool, options));
    return this;
  }

  /**
   * Has replicas found while the data source is open: nobody unless set, and beside those that were
   * added by name, which stay.
   *
   * <p>A replica that is found takes part once it has answered as one. One that is no longer found
   * is taken out when it has been missing for three rounds and does not answer, or was drained;
   * never while it is the primary. A failed round changes nothing. The primary of the moment is
   * asked, after a failover the new one, over a connection beside its pool where the pool is a
   * HikariCP pool with a JDBC URL or a data source.
   *
   * <p>Give the nodes that you name yourself the names under which the discovery knows them, so
   * that an old primary that comes back as a replica is not found as another node.
   *
   * @param pools makes the pool of a replica, or returns null to leave it out; called on a thread
   *     of the data source, which closes the pool, if it is {@link AutoCloseable}, when the replica
   *     or the data source is gone. What it throws is logged, and it is called again next time.
   */
  public ReplicationDataSourceBuilder discover(
      ReplicaDiscovery replicaDiscovery, Function<ReplicaAddress, @Nullable DataSource> pools) {
    discovery =
        new Discovery(
            Objects.requireNonNull(replicaDiscovery, "replicaDiscovery"),
            Objects.requireNonNull(pools, "pools"));
    return this;
  }

  /**
   * Sets the time from one round of {@link #discover} to the next; 10 s unless set.
   *
   * @param value 100 ms to 1 h
   * @throws IllegalArgumentException if out of range
   */
  public ReplicationDataSourceBuilder discoveryInterval(Duration value) {
    discoveryInterval =
        range("discoveryInterval", value, Duration.ofMillis(100), Duration.ofHours(1));
    return this;
  }

  /** Sets which replicas qualify for a read; {@link ReadConsistency#session()} unless set. */
  public ReplicationDataSourceBuilder consistency(ReadConsistency value) {
    consistency = Objects.requireNonNull(value, "consistency");
    return this;
  }

  /** Sets how one of several replicas is chosen; power of two choices unless set. */
  public ReplicationDataSourceBuilder balancer(Balancer value) {
    balancer = Objects.requireNonNull(value, "balancer");
    return this;
  }

  /**
   * Sets how often each node is asked for its role and position; 10 ms unless set.
   *
   * <p>A session that has just written is back on a replica the sooner, and {@code bounded} the
   * finer, the shorter it is. Nodes are asked at once, at most every millisecond, when a session
   * waits for it.
   *
   * @param value 1 ms to 1 min
   * @throws IllegalArgumentException if out of range
   */
  public ReplicationDataSourceBuilder probeInterval(Duration value) {
    probeInterval = range("probeInterval", value, Duration.ofMillis(1), MAX_PROBE_INTERVAL);
    return this;
  }

  /**
   * Sets the silence after which a node is taken for dead; 500 ms unless set. Reads that wait for
   * such a replica are cut off and run elsewhere.
   *
   * @param value 50 ms to 10 min; should be several probe intervals
   * @throws IllegalArgumentException if out of range
   */
  public ReplicationDataSourceBuilder deadAfter(Duration value) {
    deadAfter = range("deadAfter", value, Duration.ofMillis(50), Duration.ofMinutes(10));
    return this;
  }

  /**
   * Sets the time in which a replica that came back reaches its full share of reads; 5 s unless
   * set.
   *
   * @param value zero to 1 h
   * @throws IllegalArgumentException if out of range
   */
  public ReplicationDataSourceBuilder slowStart(Duration value) {
    slowStart = range("slowStart", value, Duration.ZERO, Duration.ofHours(1));
    return this;
  }

  /**
   * Sets how long a read waits for a replica to catch up with its session before it goes to the
   * primary; zero unless set.
   *
   * @param value zero to 1 min
   * @throws IllegalArgumentException if out of range
   */
  public ReplicationDataSourceBuilder waitForReplica(Duration value) {
    waitForReplica = range("waitForReplica", value, Duration.ZERO, Duration.ofMinutes(1));
    return this;
  }

  /**
   * Sets how long {@link #build} waits for a primary; 10 s unless set.
   *
   * @param value 100 ms to 10 min
   * @throws IllegalArgumentException if out of range
   */
  public ReplicationDataSourceBuilder startTimeout(Duration value) {
    startTimeout = range("startTimeout", value, Duration.ofMillis(100), Duration.ofMinutes(10));
    return this;
  }

  /**
   * Sets whether the text of a statement in autocommit decides; true unless set. With false only
   * what is declared read-only, or asked for by a hint or scope, goes to a replica.
   */
  public ReplicationDataSourceBuilder routeBySql(boolean value) {
    routeBySql = value;
    return this;
  }

  /**
   * Sets whether a commit brings back its position in the same round trip, where the product can do
   * that; false unless set. It saves one sample of the primary for each bookmark that leaves the
   * process after a write. On PostgreSQL it costs one statement a commit. On MySQL it costs some
   * bytes in the answers of the primary, and needs Connector/J with {@code trackSessionState=true}
   * in the URL of the primary and of every node that may become it; without that it has no effect,
   * and a line in the log says so. On MariaDB it has none.
   */
  public ReplicationDataSourceBuilder captureOnCommit(boolean value) {
    captureOnCommit = value;
    return this;
  }

  /**
   * Sets how many connections of the primary reads may use at once that go there only because no
   * replica is left. Unless set it is three quarters of a HikariCP pool, and unbounded for another
   * pool. A read past it fails after 5 s.
   *
   * @param value 1 or more
   * @throws IllegalArgumentException if less than 1
   */
  public ReplicationDataSourceBuilder maxPrimaryReads(int value) {
    if (value < 1) {
      throw new IllegalArgumentException("maxPrimaryReads must be 1 or more, was " + value);
    }
    maxPrimaryReads = value;
    return this;
  }

  /** Sets where metrics go; nowhere unless set. */
  public ReplicationDataSourceBuilder meterRegistry(MeterRegistry value) {
    meterRegistry = Objects.requireNonNull(value, "meterRegistry");
    return this;
  }

  /** Sets who is told of decisions; nobody unless set. */
  public ReplicationDataSourceBuilder listener(RouteListener value) {
    listener = Objects.requireNonNull(value, "listener");
    return this;
  }

  /**
   * Names a function of the database that a replica may run although the catalogue says it might
   * write, for instance one that was declared volatile for no reason.
   */
  public ReplicationDataSourceBuilder allowFunction(String function) {
    allowedFunctions.add(Objects.requireNonNull(function, "function"));
    return this;
  }

  /** Names a function of the database that must run on the primary, whatever the catalogue says. */
  public ReplicationDataSourceBuilder denyFunction(String function) {
    deniedFunctions.add(Objects.requireNonNull(function, "function"));
    return this;
  }

  /** Sets the clock, which must be that of the scopes; the system's unless set. */
  public ReplicationDataSourceBuilder clock(MonotonicClock value) {
    clock = Objects.requireNonNull(value, "clock");
    return this;
  }

  private static Duration range(String setting, Duration value, Duration least, Duration most) {
    Objects.requireNonNull(value, setting);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          setting
              + " must be "
              + least.toMillis()
              + " to "
              + most.toMillis()
              + " ms, was "
              + value);
    }
    return value;
  }

  /**
   * Connects to the nodes and returns the data source.
   *
   * <p>It fails if no node takes writes, if two do and nothing tells which is right, if a node is
   * of another product or cluster, or if a node refuses the credentials. A replica that does not
   * answer is left out, with a warning in the log, until it does.
   *
   * @throws ReplicationException for these reasons, naming the node
   */
  public ReplicationDataSource build() {
    if (replicas.containsKey(primaryName)) {
      throw new IllegalArgumentException(
          "the name of a node must be unique, but there is a node " + primaryName + " already");
    }
    return new ClusterStart(this).run();
  }

  Map<String, DataSource> pools() {
    Map<String, DataSource> pools = new LinkedHashMap<>();
    pools.put(primaryName, primary);
    replicas.forEach((replicaName, replica) -> pools.put(replicaName, replica.pool()));
    return pools;
  }

  TargetLoad load(String node) {
    Replica replica = replicas.get(node);
    ReplicaOptions options = replica == null ? ReplicaOptions.standard() : replica.options();
    return TargetLoad.of(node, options.weight(), options.zone());
  }

  ClusterSettings clusterSettings() {
    Duration gap = Duration.ofMillis(1);
    Duration sampleWait = deadAfter;
    return new ClusterSettings(name, clock, probeInterval, gap, deadAfter, slowStart, sampleWait);
  }

  RouterSettings routerSettings() {
    RouteListener told = listener;
    return new RouterSettings(
        name,
        Policies.of(consistency),
        balancer,
        waitForReplica.toNanos(),
        told == null
            ? null
            : (node, reason) ->
                told.routed(
                    new RouteDecision(
                        name,
                        node,
                        reason.role().name().toLowerCase(java.util.Locale.ROOT),
                        reason.tag())));
  }

  int primaryReads() {
    if (maxPrimaryReads != null) {
      return maxPrimaryReads;
    }
    return primary instanceof HikariDataSource hikari
        ? Math.max(1, hikari.getMaximumPoolSize() * 3 / 4)
        : Integer.MAX_VALUE;
  }

  @Nullable DiscoveredReplicas discovered(Cluster cluster, RouteMeters meters) {
    Discovery how = discovery;
    return how == null
        ? null
        : new DiscoveredReplicas(cluster, meters, how.replicas(), how.pools(), DISCOVERY_LIMIT);
  }

  Duration discoveryInterval() {
    return discoveryInterval;
  }

  Duration startTimeout() {
    return startTimeout;
  }

  String name() {
    return name;
  }

  boolean routesBySql() {
    return routeBySql;
  }

  boolean capturesOnCommit() {
    return captureOnCommit;
  }

  @Nullable MeterRegistry meterRegistry() {
    return meterRegistry;
  }

  List<String> allowedFunctions() {
    return allowedFunctions;
  }

  List<String> deniedFunctions() {
    return deniedFunctions;
  }
}
