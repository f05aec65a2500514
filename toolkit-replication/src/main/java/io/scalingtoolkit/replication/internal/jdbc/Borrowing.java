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

  final Routing routing;
  final Router router;
  // Made when there is something to remember, which short-lived connections have not.
  private @Nullable Session session;
  // In force since the last statement was routed.
  ReadPolicy policy;

  @Nullable Lease primary;
  @Nullable Lease replica;
  private @Nullable Semaphore permit;
  boolean primaryKept;
  private boolean closed;

  boolean autoCommit;
  boolean readOnly;
  int isolation = UNSET;
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
    ConsistencyScope scope = ConsistencyScope.current();
    return scope != null || session == null ? scope : session.forRead();
  }

  /** Tells whether nothing that is open hangs on {@code lease}; prepares for giving it back. */
  abstract boolean detachIdle(Lease lease);

  final void checkOpen() throws SQLException {
    if (closed) {
      throw new SQLException("this connection is closed", "08003");
    }
  }

  final boolean closed() {
    return closed;
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
      Reason reason = reason();
      Node node = choice.server().node();
      try {
        Lease lease =
            replica != null && choice.server() == held ? replica : moveToReplica(node, choice);
        router.decided(node, reason);
        return lease;
      } catch (SQLException e) {
        // A pool that gives nothing, or a server that restarted: another replica, or the primary.
        failed = Tried.and(failed, node);
        if (!(e instanceof StaleServerException)) {
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
      Incarnation server = left.server();
      if (server != null) {
        session().left(server, policy);
      }
      detachIdle(left);
      replica = null;
      left.release();
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
    return primary(reason);
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
      lease = node.leasePrimary();
      primary = lease;
      configure(lease);
    }
    router.decided(node, reason);
    return lease;
  }

  private void configure(Lease lease) throws SQLException {
    Connection connection = lease.connection();
    try {
      if (readOnly && passesReadOnly(lease)) {
        connection.setReadOnly(true);
      }
      if (isolation != UNSET) {
        connection.setTransactionIsolation(isolation);
      }
      if (settings != null) {
        settings.applyTo(connection);
      }
      if (connection.getAutoCommit() != autoCommit) {
        connection.setAutoCommit(autoCommit);
      }
    } catch (SQLException e) {
      drop(lease);
      throw e;
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
    givePermit();
    if (lease != null) {
      restore(lease);
      lease.release();
    }
  }

  private void givePermit() {
    Semaphore held = permit;
    permit = null;
    if (held != null) {
      held.release();
    }
  }

  /** HikariCP undoes what was changed; other pools may not. */
  private void restore(Lease lease) throws SQLException {
    if (lease.node().resetsConnections() || !lease.isCurrent()) {
      return;
    }
    Connection connection = lease.connection();
    if (!autoCommit) {
      connection.rollback();
    }
    if (connection.getAutoCommit() != routing.facts().autoCommit()) {
      connection.setAutoCommit(routing.facts().autoCommit());
    }
    if (readOnly && passesReadOnly(lease)) {
      connection.setReadOnly(false);
    }
    if (isolation != UNSET) {
      connection.setTransactionIsolation(routing.facts().isolation());
    }
  }

  /** Gives everything back; the second call does nothing. */
  final void closeLeases() throws SQLException {
    if (closed) {
      return;
    }
    closed = true;
    Lease borrowed = replica;
    replica = null;
    try {
      releasePrimary();
    } finally {
      if (borrowed != null) {
        restore(borrowed);
        borrowed.release();
      }
    }
  }

  /** Cuts everything. */
  final void abortLeases() {
    closed = true;
    for (Lease lease : new @Nullable Lease[] {primary, replica}) {
      if (lease != null) {
        drop(lease);
      }
    }
  }
}
