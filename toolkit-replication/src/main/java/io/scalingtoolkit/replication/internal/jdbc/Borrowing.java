// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.replication.internal.node.Incarnation;
import io.scalingtoolkit.replication.internal.node.Lease;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.Reading;
import io.scalingtoolkit.replication.internal.node.StaleServerException;
import io.scalingtoolkit.replication.internal.node.Topology;
import io.scalingtoolkit.replication.internal.route.Choice;
import io.scalingtoolkit.replication.internal.route.Overrides;
import io.scalingtoolkit.replication.internal.route.ReadPolicy;
import io.scalingtoolkit.replication.internal.route.Reason;
import io.scalingtoolkit.replication.internal.route.Router;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The connections that a logical connection has borrowed: how they are got, configured and given
 * back; confined.
 *
 * <p>Invariants: at most one replica and the primary are borrowed at a time, and what is idle is
 * given back before another is borrowed, so that connections which wait for each other's pools do
 * not block each other.
 */
abstract class Borrowing extends Choice {
  private static final int UNSET = -1;
  private static final long CAP_WAIT_SECONDS = 5;
  private static final AtomicIntegerFieldUpdater<Borrowing> CLOSED =
      AtomicIntegerFieldUpdater.newUpdater(Borrowing.class, "closed");
  private static final AtomicReferenceFieldUpdater<Borrowing, @Nullable Semaphore> PERMIT =
      AtomicReferenceFieldUpdater.newUpdater(Borrowing.class, Semaphore.class, "permit");

  final Routing routing;
  final Router router;
  // Made when there is something to remember, which short-lived connections have not.
  private @Nullable Session session;
  // In force since the last statement was routed, the scope if it was a read.
  ReadPolicy policy;
  @Nullable ConsistencyScope scope;

  @Nullable Lease primary;
  @Nullable Lease replica;
  // The server that was read from outside of any scope since this was last told to the session.
  private @Nullable Incarnation seen;
  // Taken through PERMIT, as it may be given back by whoever aborts.
  private volatile @Nullable Semaphore permit;
  boolean primaryKept;
  // Also written by whoever aborts.
  private volatile int closed;

  boolean autoCommit;
  boolean readOnly;
  int isolation = UNSET;
  // Counts the changes of the three above.
  int attributesVersion;
  @Nullable SessionSettings settings;

  Borrowing(Routing routing) {
    this.routing = routing;
    this.router = routing.router();
    this.autoCommit = routing.facts().autoCommit();
    this.policy = router.policy(Overrides.NONE);
  }

  final Session session() {
    Session existing = session;
    if (existing == null) {
      existing = new Session(router);
      session = existing;
    }
    return existing;
  }

  private @Nullable ConsistencyScope forRead() {
    ConsistencyScope current = ConsistencyScope.current();
    scope = current;
    return current != null || session == null ? current : session.forRead();
  }

  /** Tells whether nothing that is open hangs on {@code lease}; prepares for giving it back. */
  abstract boolean detachIdle(Lease lease);

  final void checkOpen() throws SQLException {
    if (closed()) {
      throw new SQLException("this connection is closed", "08003");
    }
  }

  final boolean closed() {
    return closed != 0;
  }

  final boolean holdsAny() {
    return primary != null || replica != null;
  }

  final int currentIsolation() {
    return isolation == UNSET ? routing.facts().isolation() : isolation;
  }

  final Lease read(@Nullable List<Node> tried) throws SQLException {
    List<Node> failed = tried;
    while (true) {
      Incarnation held = replica != null && replica.isCurrent() ? replica.server() : null;
      Reading choice = router.choose(forRead(), policy, held, failed, this);
      if (choice == null) {
        return fallBack();
      }
      if (seen != null && choice.server() != seen) {
        choice.server().node().notTried(reason() == Reason.TRIAL);
        // While a connection stays on one server there is nothing to compare. Now there is.
        leaveSeen();
        choice = router.choose(forRead(), policy, held, failed, this);
        if (choice == null) {
          return fallBack();
        }
      }
      Reason reason = reason();
      Node node = choice.server().node();
      try {
        Lease lease = replica;
        if (lease == null || choice.server() != held) {
          if (lease != null && !detachIdle(lease)) {
            // A result is still being read there, and of replicas one is borrowed at a time.
            node.notTried(reason == Reason.TRIAL);
            because(Reason.BEHIND);
            return fallBack();
          }
          lease = moveToReplica(node, choice);
        } else {
          refreshIfChanged(lease);
        }
        router.decided(node, reason);
        return lease;
      } catch (SQLException e) {
        // A pool that gives nothing, or a server that restarted: another replica, or the primary.
        failed = Tried.and(failed, node);
        if (closed()) {
          node.notTried(reason == Reason.TRIAL);
          throw e;
        }
        if (e instanceof StaleServerException) {
          node.notTried(reason == Reason.TRIAL);
        } else {
          node.failed(e);
        }
      }
    }
  }

  private Lease moveToReplica(Node node, Reading choice) throws SQLException {
    leaveReplica();
    if (primary != null && !primaryKept && detachIdle(primary)) {
      releasePrimary();
    }
    Lease lease = node.leaseReplica(choice);
    replica = lease;
    configure(lease);
    return lease;
  }

  private void leaveReplica() throws SQLException {
    Lease left = replica;
    if (left != null) {
      leaveSeen();
      detachIdle(left);
      replica = null;
      giveBack(left);
    }
  }

  /** Notes a read from a replica by a connection that has no scope. */
  final void saw(Incarnation server) {
    if (seen != null && seen != server) {
      leaveSeen();
    }
    seen = server;
  }

  private void leaveSeen() {
    Incarnation server = seen;
    if (server != null) {
      seen = null;
      session().left(server);
    }
  }

  /** A read that goes to the primary; without any replica left, no more at once than allowed. */
  private Lease fallBack() throws SQLException {
    Reason reason = reason();
    Semaphore bound = routing.primaryReads();
    boolean capped =
        (reason == Reason.NO_REPLICA || reason == Reason.REPLICAS_FAILED)
            && bound != null
            && primary == null
            && !router.cluster().topology().replicas().isEmpty();
    if (capped && permit == null && bound != null) {
      acquire(bound);
    }
    try {
      return primary(reason);
    } finally {
      if (primary == null) {
        // A pool that gave nothing; this connection may stay open long, and hold nothing.
        givePermit();
      }
    }
  }

  private void acquire(Semaphore bound) throws SQLException {
    try {
      if (!bound.tryAcquire(CAP_WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw new SQLTransientConnectionException(
            router.source()
                + ": no replica can be used, and as many reads as maxPrimaryReads allows are on the"
                + " primary already",
            "08001");
      }
      permit = bound;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLTransientConnectionException("interrupted while waiting for the primary", e);
    }
  }

  final Lease primary(Reason reason) throws SQLException {
    because(reason);
    Topology topology = router.cluster().topology();
    Node node = topology.primary();
    if (node == null) {
      router.decided(null, reason);
      throw new SQLTransientConnectionException(
          router.source() + " has no primary: " + topology.obstacle(), "08001");
    }
    Lease lease = primary;
    if (lease != null && (lease.node() != node || !lease.isCurrent())) {
      detachIdle(lease);
      releasePrimary();
      lease = null;
    }
    if (lease == null) {
      if (replica != null && detachIdle(replica)) {
        leaveReplica();
      }
      try {
        lease = node.leasePrimary();
      } catch (StaleServerException e) {
        if (router.cluster().topology().primary() == node) {
          throw e;
        }
        return primary(reason);
      }
      primary = lease;
      configure(lease);
    } else {
      refreshIfChanged(lease);
    }
    router.decided(node, reason);
    return lease;
  }

  /** Brings a connection that was just borrowed to the settings of this one. */
  private void configure(Lease lease) throws SQLException {
    try {
      // Whoever aborted this while it waited for a pool found nothing to cut.
      checkOpen();
      if (settings != null) {
        settings.applyTo(lease.connection());
      }
      refresh(lease);
    } catch (SQLException e) {
      drop(lease);
      throw e;
    }
  }

  /**
   * Applies what has changed since the connection was used last. A framework sets these three
   * around each transaction; most of the changes are undone before another statement comes.
   */
  private void refresh(Lease lease) throws SQLException {
    Connection connection = lease.connection();
    if (lease.version != attributesVersion && !connection.getAutoCommit()) {
      // No transaction of the caller's is open here. A question for metadata may have begun one of
      // the driver's, in which nothing can be set.
      connection.rollback();
    }
    if (lease.readOnly != readOnly && passesReadOnly(lease)) {
      connection.setReadOnly(readOnly);
      lease.readOnly = readOnly;
    }
    if (isolation != UNSET && isolation != lease.isolation) {
      connection.setTransactionIsolation(isolation);
      lease.isolation = isolation;
    }
    if (connection.getAutoCommit() != autoCommit) {
      connection.setAutoCommit(autoCommit);
    }
    lease.version = attributesVersion;
  }

  /** Applies what has changed to what is borrowed, for a call that goes there past routing. */
  final void refreshHeld() throws SQLException {
    if (primary != null && primary.isCurrent()) {
      refreshIfChanged(primary);
    }
    if (replica != null && replica.isCurrent()) {
      refreshIfChanged(replica);
    }
  }

  private void refreshIfChanged(Lease lease) throws SQLException {
    if (lease.version != attributesVersion) {
      refresh(lease);
    }
  }

  final boolean passesReadOnly(Lease lease) {
    return lease.isPrimary() || routing.engine().passesReadOnlyToReplicas();
  }

  /** Passes a change of settings on to the connections that are borrowed already. */
  final void forEach(LeaseAction action) throws SQLException {
    if (primary != null) {
      action.on(primary);
    }
    if (replica != null) {
      action.on(replica);
    }
  }

  /** A change of a borrowed connection. */
  interface LeaseAction {
    void on(Lease lease) throws SQLException;
  }

  final void drop(Lease lease) {
    detachIdle(lease);
    if (primary == lease) {
      primary = null;
      givePermit();
    }
    if (replica == lease) {
      replica = null;
    }
    lease.discard();
  }

  private void releasePrimary() throws SQLException {
    Lease lease = primary;
    primary = null;
    primaryKept = false;
    givePermit();
    if (lease != null) {
      giveBack(lease);
    }
  }

  private void givePermit() {
    if (permit != null) {
      Semaphore held = PERMIT.getAndSet(this, null);
      if (held != null) {
        held.release();
      }
    }
  }

  /**
   * Gives a connection back as it came; where that fails it is closed for good. Nobody is told: all
   * that ran on it has been answered, and what was not committed is rolled back with it.
   */
  private void giveBack(Lease lease) {
    try {
      restore(lease);
      lease.release();
    } catch (SQLException e) {
      RoutedConnection.LOG.debug("{}: a connection could not be reset", lease.node().label(), e);
      lease.discard();
    }
  }

  /** HikariCP undoes some of what was changed; other pools may undo nothing. */
  private void restore(Lease lease) throws SQLException {
    boolean reset = lease.node().resetsConnections();
    SessionSettings changed = settings;
    if (!lease.isCurrent() || (reset && changed == null)) {
      return;
    }
    Connection connection = lease.connection();
    if (!connection.getAutoCommit()) {
      connection.rollback();
    }
    if (changed != null) {
      // What is set in a transaction ends with it.
      connection.setAutoCommit(true);
      changed.undo(connection, routing.facts(), routing.engine().dialect());
    }
    if (reset) {
      return;
    }
    if (connection.getAutoCommit() != routing.facts().autoCommit()) {
      connection.setAutoCommit(routing.facts().autoCommit());
    }
    if (lease.readOnly != lease.node().poolIsReadOnly()) {
      connection.setReadOnly(lease.node().poolIsReadOnly());
    }
    if (isolation != UNSET && lease.isolation == isolation) {
      connection.setTransactionIsolation(routing.facts().isolation());
    }
  }

  /** Gives everything back; the second call does nothing. */
  final void closeLeases() throws SQLException {
    if (closed()) {
      return;
    }
    // What is read after this is the owner's own, so it needs no full fence.
    CLOSED.lazySet(this, 1);
    Lease borrowed = replica;
    replica = null;
    try {
      releasePrimary();
    } finally {
      if (borrowed != null) {
        giveBack(borrowed);
      }
    }
  }

  /** Gives up what was being borrowed while this was aborted. */
  final void discardLeases() {
    for (Lease lease : new @Nullable Lease[] {primary, replica}) {
      if (lease != null) {
        lease.discard();
      }
    }
    primary = null;
    replica = null;
    givePermit();
  }

  /**
   * Cuts everything, from any thread. The statements are left to their own: closing one that waits
   * for an answer would wait for the same.
   */
  final void abortLeases() {
    // A full fence: the owner looks at this after it has noted what it borrowed.
    closed = 1;
    for (Lease lease : new @Nullable Lease[] {primary, replica}) {
      if (lease != null) {
        lease.callBack();
        lease.discard();
      }
    }
    givePermit();
  }
}
