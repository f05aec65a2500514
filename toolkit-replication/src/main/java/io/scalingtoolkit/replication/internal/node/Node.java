// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import com.zaxxer.hikari.HikariDataSource;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.replication.internal.engine.Engine;
import io.scalingtoolkit.replication.internal.engine.Engines;
import io.scalingtoolkit.replication.internal.engine.Probe;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.engine.Sample;
import io.scalingtoolkit.replication.sql.SqlDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One server: its pool, its latest sample and whether it may be used; thread-safe. */
public final class Node {
  static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final long USE_POLL_MILLIS = 2;
  private static final long POOL_WAIT_NANOS = TimeUnit.SECONDS.toNanos(6);

  private final String name;
  private final DataSource pool;
  private final TargetLoad load;
  private final CircuitBreaker breaker;
  private final Cluster cluster;
  private final Prober prober;
  private final LeaseTable leases = new LeaseTable();
  private final PhysicalConnections physical;
  private final int poolIsolation;

  // Written by the prober and, for silence, by the watch of the cluster.
  private volatile @Nullable Reading reading;
  private final RecentReadings recent = new RecentReadings();
  private volatile @Nullable Exception lastFailure;
  private volatile boolean up;
  private volatile long currentAsOfNanos;
  private volatile boolean everCurrent;
  // Written under the lock of the cluster.
  private volatile boolean fenced;
  private volatile boolean drained;
  private final AtomicLong epoch = new AtomicLong();
  // The start of the server in which it was last seen to be a replica; written by the prober.
  private volatile @Nullable String replicaIn;
  // Since when it answers again and its pool is empty, or 0; the prober's.
  private long backSinceNanos;
  // Derived from the above whenever one of them changes.
  private volatile boolean readable;
  // Set by the watch, taken by the next read.
  private volatile boolean latencyWanted;

  Node(String name, DataSource pool, TargetLoad load, CircuitBreaker breaker, Cluster cluster) {
    this.name = name;
    this.pool = pool;
    this.load = load;
    this.breaker = breaker;
    this.cluster = cluster;
    this.physical = new PhysicalConnections(cluster.engine());
    this.prober = new Prober(this);
    this.poolIsolation = PoolDefaults.isolation(pool);
    breaker.getEventPublisher().onStateTransition(event -> refresh());
  }

  /** Returns the name it was given, unique in its cluster. */
  public String name() {
    return name;
  }

  /** Returns its name with that of the data source, for messages. */
  public String label() {
    return cluster.settings().name() + "/" + name;
  }

  /** Returns the pool its connections come from. */
  public DataSource pool() {
    return pool;
  }

  /** Returns what balancing knows of it. */
  public TargetLoad load() {
    return load;
  }

  /** Returns its circuit breaker. */
  public CircuitBreaker breaker() {
    return breaker;
  }

  /** Returns what samples it. */
  public Prober prober() {
    return prober;
  }

  /** Returns its latest reading; null while nothing is known of it. */
  public @Nullable Reading reading() {
    return reading;
  }

  /**
   * Returns the first reading of its present server in its present role whose sample was sent after
   * {@code nanoTime}, as far back as is kept; null if there is none.
   */
  public @Nullable Reading firstSentAfter(long nanoTime) {
    Reading latest = reading;
    return latest == null ? null : recent.firstSentAfter(nanoTime, latest);
  }

  /**
   * Tells whether {@code incarnation} is its server. What it was last as a replica counts while
   * nothing is known of it now.
   */
  public boolean isServer(String incarnation) {
    Reading last = reading;
    return incarnation.equals(last == null ? replicaIn : last.sample().incarnation());
  }

  /** Returns why it last gave no sample; null if it always did. */
  public @Nullable Exception lastFailure() {
    return lastFailure;
  }

  /** Tells whether it answers. */
  public boolean isUp() {
    return up;
  }

  /** Tells whether it was a primary and has been replaced by another. */
  public boolean isFenced() {
    return fenced;
  }

  /** Tells whether it is to be used no more. */
  public boolean isDrained() {
    return drained;
  }

  /** Tells whether it is a replica that answers, is not drained and has its breaker closed. */
  public boolean isReadable() {
    return readable;
  }

  /** Tells whether it would be readable but for its breaker. */
  public boolean isOnTrial() {
    return !readable && replicaInUse() && breaker.getState() != CircuitBreaker.State.CLOSED;
  }

  /**
   * Tells whether all that was committed on the primary at a time no longer ago than {@code
   * boundNanos} is replayed here.
   */
  public boolean isCurrentWithin(long boundNanos, long nowNanos) {
    return everCurrent && nowNanos - currentAsOfNanos <= boundNanos;
  }

  /** Returns how old its data may be, in nanoseconds; negative if that is not known. */
  public long ageNanos() {
    Reading last = reading;
    if (last != null && last.sample().isPrimary()) {
      return 0;
    }
    long now = settings().clock().nanoTime();
    return everCurrent ? Math.max(0, now - currentAsOfNanos) : -1;
  }

  /** Tells whether it may be used in its role: as the primary, or to be read from. */
  public boolean isUsable() {
    return readable || (up && cluster.topology().primary() == this);
  }

  long epoch() {
    return epoch.get();
  }

  ClusterSettings settings() {
    return cluster.settings();
  }

  Probe openProbe() throws SQLException {
    return cluster.engine().open(ProbeConnections.open(this, pool));
  }

  /** Refuses a server of another product than the cluster's. */
  void checkFit(Connection connection) throws SQLException {
    SqlDialect dialect = Engines.of(connection, false).dialect();
    if (dialect != engine().dialect()) {
      throw new SQLException(
          "it is a server of " + dialect + ", but the other nodes are " + engine().dialect(),
          "0A000");
    }
  }

  /** Takes a sample of the prober. */
  void accept(Sample sample) {
    if (!sample.isPrimary()) {
      replicaIn = sample.incarnation();
      if (awaitsPool()) {
        return;
      }
    }
    Reading before = reading;
    boolean same = before != null && before.server().id().equals(sample.incarnation());
    Reading after =
        new Reading(sample, before != null && same ? before.server() : fresh(sample.incarnation()));
    recent.add(after);
    reading = after;
    if (!sample.isPrimary()) {
      long asOf = cluster.history().sentOfNewestCovered(sample.position());
      if (asOf != PrimaryHistory.NONE && (!everCurrent || asOf - currentAsOfNanos > 0)) {
        currentAsOfNanos = asOf;
        everCurrent = true;
      }
    }
    boolean cameUp = !up;
    up = true;
    if (cameUp) {
      load.warmUp(settings().slowStart(), settings().clock().nanoTime());
      LOG.info("{} answers as {}", label(), sample.role());
    }
    if (cameUp
        || !same
        || before == null
        || changed(before.sample(), sample)
        || cluster.topology().primary() == null) {
      cluster.evaluate();
    }
    if (sample.isPrimary()) {
      cluster.sampled(this, sample);
    }
  }

  /**
   * Tells whether it answers again, but its pool is empty: readers would wait for it. HikariCP
   * pauses longer and longer between its tries, up to 5 s, and does not know that it is back.
   */
  private boolean awaitsPool() {
    if (up || lastFailure == null || !PoolDefaults.isEmpty(pool)) {
      backSinceNanos = 0;
      return false;
    }
    long now = settings().clock().nanoTime();
    if (backSinceNanos == 0) {
      backSinceNanos = now;
    }
    return now - backSinceNanos < POOL_WAIT_NANOS;
  }

  private static boolean changed(Sample before, Sample after) {
    return before.role() != after.role()
        || before.history() != after.history()
        || !before.cluster().equals(after.cluster());
  }

  private Incarnation fresh(String id) {
    everCurrent = false;
    return new Incarnation(this, id);
  }

  /** Tells whether it accepts writes now and was seen not to since its server started. */
  boolean hasBecomeWritable() {
    Reading last = reading;
    String before = replicaIn;
    return last != null
        && before != null
        && last.sample().isPrimary()
        && engine().sameIncarnation(before, last.sample().incarnation());
  }

  /** Takes note that the prober got no answer: nothing is known of the server any more. */
  void lost(Exception failure) {
    lastFailure = failure;
    silent(failure.getMessage());
  }

  /** Takes the node out because it does not answer. */
  void silent(@Nullable String reason) {
    if (up) {
      up = false;
      LOG.warn("{} does not answer: {}", label(), reason);
      reading = null;
      cluster.evaluate();
      if (cluster.topology().primary() != this) {
        cluster.callBack(this);
      }
    }
  }

  /** Tells whether it has been silent for too long. */
  boolean isSilentAt(long nowNanos) {
    Reading last = reading;
    return up
        && last != null
        && nowNanos - last.sample().receivedNanos() > settings().deadAfter().toNanos();
  }

  void fence(boolean fence) {
    if (fenced != fence) {
      fenced = fence;
      epoch.incrementAndGet();
      refresh();
    }
  }

  void drain() {
    drained = true;
    refresh();
  }

  void undrain() {
    drained = false;
    refresh();
  }

  /**
   * Computes what is derived. One at a time: of two that overlap the one that saw less could have
   * the last word, and nothing would ever correct it.
   */
  synchronized void refresh() {
    readable = replicaInUse() && breaker.getState() == CircuitBreaker.State.CLOSED;
  }

  private boolean replicaInUse() {
    Reading last = reading;
    return up
        && !drained
        && !fenced
        && last != null
        && last.sample().role() == Role.REPLICA
        && cluster.isOfThisCluster(last.sample());
  }

  /**
   * Borrows a connection that may write.
   *
   * @throws StaleServerException if another node has become the primary
   * @throws SQLException as the pool gives it, with the numbers of the pool
   */
  public Lease leasePrimary() throws SQLException {
    return lease(Role.PRIMARY, null);
  }

  /**
   * Borrows a connection to the server that {@code chosen} describes.
   *
   * @throws StaleServerException if the server has restarted since or the node was drained
   */
  public Lease leaseReplica(Reading chosen) throws SQLException {
    return lease(Role.REPLICA, chosen.server());
  }

  private Lease lease(Role role, @Nullable Incarnation server) throws SQLException {
    Lease lease = new Lease(this, role, server, epoch.get());
    load.started();
    lease.list(leases);
    boolean leased = false;
    try {
      // Looked at after it was listed: who waits for the last one, or calls all of them back, does
      // not miss this one.
      if (role == Role.PRIMARY ? fenced : drained) {
        lease.arrived(null);
        throw new StaleServerException(label() + " is not used any more");
      }
      borrow(lease);
      PhysicalConnections.Acquaintance known = physical.prepare(lease.connection(), role);
      if (server != null && !known.belongsTo(server, engine())) {
        prober.demand();
        throw new StaleServerException(label() + " has restarted and its position is not known");
      }
      leased = true;
      return lease;
    } finally {
      if (!leased) {
        lease.discard();
      }
    }
  }

  private void borrow(Lease lease) throws SQLException {
    Connection connection = null;
    try {
      connection = pool.getConnection();
    } catch (SQLException e) {
      throw PoolFailure.describe(this, e);
    } finally {
      lease.arrived(connection);
    }
    if (lease.isCalledBack()) {
      throw new SQLTransientConnectionException(label() + " does not answer", "08001");
    }
    if (!lease.isCurrent()) {
      // Another node has become the primary while this waited, and it got its turn before somebody
      // could end that.
      throw new StaleServerException(label() + " is not used any more");
    }
  }

  /** Returns the isolation that its pool sets on new connections, or -1 if it is not known. */
  public int poolIsolation() {
    return poolIsolation;
  }

  /** Tells whether its pool is known to make connections read-only. */
  public boolean poolIsReadOnly() {
    return pool instanceof HikariDataSource hikari && hikari.isReadOnly();
  }

  /** Tells whether its pool undoes what a borrower changed. */
  public boolean resetsConnections() {
    return pool instanceof HikariDataSource;
  }

  private Engine engine() {
    return cluster.engine();
  }

  void returned(int place) {
    load.finished();
    leases.remove(place);
  }

  /** Closes a connection for good, past the pool where that is possible. */
  void evict(Connection connection) {
    try {
      if (pool instanceof HikariDataSource hikari) {
        hikari.evictConnection(connection);
      }
      connection.close();
    } catch (SQLException | RuntimeException e) {
      LOG.debug("{}: a connection could not be closed", label(), e);
    }
  }

  /** Waits until none of its connections is in use, and tells whether that came true in time. */
  boolean awaitUnused(long waitNanos) throws InterruptedException {
    long end = settings().clock().nanoTime() + waitNanos;
    while (load.inFlight() > 0) {
      if (settings().clock().nanoTime() - end >= 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(USE_POLL_MILLIS);
    }
    return true;
  }

  void callBackLeases() {
    leases.forEach(Lease::callBack);
    PoolDefaults.evict(pool);
  }

  /** Tells, once after each tick of the watch, that the next read is to be timed. */
  public boolean takeLatencyWanted() {
    if (latencyWanted) {
      latencyWanted = false;
      return true;
    }
    return false;
  }

  void tick(long nowNanos) {
    latencyWanted = true;
    load.tick(nowNanos);
  }

  /** Notes how long a read took, and that it worked. */
  public void answered(long nanos) {
    load.recordLatency(nanos);
    breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
  }

  /** Notes that it answered a trial, if only with an error that is the statement's own. */
  public void responded() {
    breaker.onSuccess(0, TimeUnit.NANOSECONDS);
  }

  /** Gives back the leave for a {@code trial} that a read was given and did not use. */
  public void notTried(boolean trial) {
    if (trial) {
      breaker.releasePermission();
    }
  }

  /** Notes that it failed in a way that speaks against the server. */
  public void failed(SQLException failure) {
    breaker.onError(0, TimeUnit.NANOSECONDS, failure);
    prober.demand();
  }

  @Override
  public String toString() {
    return label();
  }
}
