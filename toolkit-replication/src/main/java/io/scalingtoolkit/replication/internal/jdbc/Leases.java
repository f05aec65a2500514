// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.internal.engine.Failure;
import io.scalingtoolkit.replication.internal.engine.Role;
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
import io.scalingtoolkit.replication.sql.Classification;
import io.scalingtoolkit.replication.sql.RouteHint;
import io.scalingtoolkit.replication.sql.StatementKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which borrowed connections a logical connection works on, and when it changes from one to
 * another; confined.
 *
 * <p>Invariants: a transaction stays on the connection of its first statement. At most one replica
 * and the primary are borrowed at a time, and what is idle is given back before another is
 * borrowed, so that connections which wait for each other's pools do not block each other.
 */
abstract class Leases extends Choice {
  private static final int SERIALIZABLE = Connection.TRANSACTION_SERIALIZABLE;
  private static final int UNSET = -1;
  private static final long CAP_WAIT_SECONDS = 5;

  final Routing routing;
  final Router router;
  private final Session session;

  private @Nullable Lease primary;
  private @Nullable Lease replica;
  private @Nullable Lease transaction;
  private @Nullable Semaphore permit;
  private boolean pinned;
  private boolean primaryKept;
  private boolean closed;

  boolean autoCommit;
  boolean readOnly;
  int isolation = UNSET;
  @Nullable SessionSettings settings;

  Leases(Routing routing) {
    this.routing = routing;
    this.router = routing.router();
    this.session = new Session(router);
    this.autoCommit = routing.facts().autoCommit();
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

  /** Returns the connection that a call goes to which neither reads nor writes data. */
  final Connection anyConnection() throws SQLException {
    checkOpen();
    Lease lease = transaction != null ? transaction : primary != null ? primary : replica;
    if (lease == null) {
      lease = primary(Reason.FEATURE);
      primaryKept = true;
    }
    return lease.connection();
  }

  /** Returns a connection to the primary that stays borrowed, without binding statements to it. */
  final Connection keptPrimary() throws SQLException {
    checkOpen();
    Lease lease = transaction != null ? transaction : primary;
    if (lease == null) {
      lease = primary(Reason.FEATURE);
    }
    primaryKept = true;
    return lease.connection();
  }

  /** Binds to the primary until the connection is closed, unless a transaction is bound already. */
  final Connection pin() throws SQLException {
    checkOpen();
    if (transaction != null) {
      return transaction.connection();
    }
    pinned = true;
    Lease lease = primary(Reason.SESSION_STATE);
    if (!autoCommit) {
      transaction = lease;
    }
    return lease.connection();
  }

  final boolean inTransaction() {
    return transaction != null;
  }

  final @Nullable Connection transactionConnection() {
    return transaction == null ? null : transaction.connection();
  }

  final boolean isPinned() {
    return pinned;
  }

  final boolean holdsAny() {
    return primary != null || replica != null;
  }

  /** Returns the name of the node that the last statement went to; null before the first. */
  final @Nullable String lastNode() {
    Lease lease =
        transaction != null ? transaction : reason().role() == Role.PRIMARY ? primary : replica;
    return lease == null ? null : lease.node().name();
  }

  /**
   * Borrows, or finds borrowed, the connection for a statement.
   *
   * @param early whether the statement must be on the primary for a reason other than its text
   * @param tried nodes that have failed this statement, or null
   */
  final Lease leaseFor(Classification statement, boolean early, @Nullable List<Node> tried)
      throws SQLException {
    checkOpen();
    if (transaction != null) {
      return inTransaction(transaction, statement);
    }
    if (!autoCommit) {
      boolean readable =
          readOnly
              && !early
              && !pinned
              && currentIsolation() != SERIALIZABLE
              && mayRead(statement, Overrides.current());
      transaction = readable ? read(tried) : primary(Reason.TRANSACTION);
      return transaction;
    }
    if (pinned) {
      return primary(Reason.SESSION_STATE);
    }
    return inAutocommit(statement, early, tried);
  }

  private Lease inAutocommit(Classification statement, boolean early, @Nullable List<Node> tried)
      throws SQLException {
    StatementKind kind = statement.kind();
    if (kind == StatementKind.SESSION || kind == StatementKind.TRANSACTION) {
      pinned = true;
      return primary(Reason.SESSION_STATE);
    }
    if (kind == StatementKind.WRITE) {
      return primary(Reason.WRITE);
    }
    if (early) {
      return primary(Reason.FEATURE);
    }
    if (currentIsolation() == SERIALIZABLE) {
      return primary(Reason.TRANSACTION);
    }
    Overrides overrides = Overrides.current();
    if (overrides.target() == Overrides.Target.PRIMARY || statement.hint() == RouteHint.PRIMARY) {
      return primary(Reason.ASKED);
    }
    boolean asked =
        readOnly
            || overrides.target() == Overrides.Target.REPLICA
            || statement.hint() == RouteHint.REPLICA;
    if (!asked && !routing.routesBySql()) {
      return primary(Reason.ASKED);
    }
    if (!mayRead(statement, overrides)) {
      return primary(Reason.UNCERTAIN);
    }
    return read(tried);
  }

  private static boolean mayRead(Classification statement, Overrides overrides) {
    return switch (statement.kind()) {
      case READ ->
          overrides.target() != Overrides.Target.PRIMARY && statement.hint() != RouteHint.PRIMARY;
      case UNCERTAIN ->
          statement.hint() == RouteHint.REPLICA
              || (overrides.target() == Overrides.Target.REPLICA
                  && statement.hint() != RouteHint.PRIMARY);
      case WRITE, SESSION, TRANSACTION -> false;
    };
  }

  private Lease inTransaction(Lease lease, Classification statement) throws SQLException {
    if (!lease.isCurrent()) {
      throw interrupted(lease, null);
    }
    if (!lease.isPrimary() && statement.kind() == StatementKind.SESSION) {
      throw new SQLException(
          "a read-only transaction on replica "
              + lease.node().name()
              + " cannot change the state of the session; begin it with that statement, or ask for"
              + " the primary",
          "25006");
    }
    return lease;
  }

  final int currentIsolation() {
    return isolation == UNSET ? routing.facts().isolation() : isolation;
  }

  private ReadPolicy policy() {
    return router.policy(Overrides.current());
  }

  private Lease read(@Nullable List<Node> tried) throws SQLException {
    List<Node> failed = tried;
    while (true) {
      Incarnation held = replica != null && replica.isCurrent() ? replica.server() : null;
      Reading choice = router.choose(session.forRead(), policy(), held, failed, this);
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
        session.left(server, policy());
      }
      detachIdle(left);
      replica = null;
      giveBack(left);
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

  /** Takes note that a statement was answered. */
  final void succeeded(Lease lease, StatementKind kind) {
    if (!lease.isPrimary()) {
      session.read(lease, policy());
    } else if (transaction == null) {
      if (kind == StatementKind.READ) {
        session.read(lease, policy());
      } else {
        session.wrote();
        keepPrimary();
      }
    }
  }

  /**
   * What a session leaves behind, such as the id of its last insert, can be asked for on that
   * connection alone, also after a read on a replica.
   */
  private void keepPrimary() {
    primaryKept = true;
  }

  /**
   * Takes note that a statement failed.
   *
   * @return the connection to run it on once more
   * @throws SQLException if it must not run again
   */
  final Lease failed(Lease lease, String sql, Classification statement, SQLException e, Retry retry)
      throws SQLException {
    Failure failure = lease.isCalledBack() ? Failure.CONNECTION_LOST : routing.engine().classify(e);
    if (failure == Failure.CONNECTION_LOST) {
      drop(lease);
    }
    if (!lease.isPrimary()) {
      return failedOnReplica(lease, sql, statement, e, failure, retry);
    }
    if (failure == Failure.REFUSED_WRITE && !readOnly) {
      return failedOnDemoted(lease, statement, e, retry);
    }
    if (failure == Failure.CONNECTION_LOST && transaction != null) {
      throw interrupted(lease, e);
    }
    boolean read = statement.kind() == StatementKind.READ;
    if (!read && transaction == null) {
      session.wrote();
    }
    if (failure == Failure.CONNECTION_LOST && read && !retry.early() && retry.again(lease.node())) {
      router.meters().retried();
      return leaseFor(statement, false, retry.tried());
    }
    throw e;
  }

  private Lease failedOnReplica(
      Lease lease,
      String sql,
      Classification statement,
      SQLException e,
      Failure failure,
      Retry retry)
      throws SQLException {
    if (failure == Failure.STATEMENT) {
      throw e;
    }
    boolean lost = failure == Failure.CONNECTION_LOST;
    if (lost) {
      lease.node().failed(e);
    }
    if (transaction != null) {
      throw lost ? interrupted(lease, e) : inTransaction(lease, e, failure);
    }
    if (failure == Failure.REFUSED_WRITE || failure == Failure.NOT_ON_A_REPLICA) {
      routing.classifier().learnWrite(sql);
      router.meters().healed();
      return primary(Reason.HEALED);
    }
    if (!retry.again(lease.node())) {
      throw e;
    }
    router.meters().retried();
    return leaseFor(statement, false, retry.tried());
  }

  /** The node took no write because it is no primary any more: once more on the one that is. */
  private Lease failedOnDemoted(Lease lease, Classification statement, SQLException e, Retry retry)
      throws SQLException {
    Node node = lease.node();
    boolean inside = transaction != null;
    drop(lease);
    boolean moved = router.awaitOtherPrimary(node);
    if (inside || !moved || !retry.again(node)) {
      throw e;
    }
    return leaseFor(statement, retry.early(), null);
  }

  private SQLException inTransaction(Lease lease, SQLException e, Failure failure) {
    if (failure != Failure.RECOVERY_CONFLICT) {
      return e;
    }
    return new SQLTransactionRollbackException(
        "the read-only transaction on replica "
            + lease.node().name()
            + " was cancelled by what it had to replay; run it again",
        "40001",
        e.getErrorCode(),
        e);
  }

  private static SQLException interrupted(Lease lease, @Nullable SQLException e) {
    String text =
        lease.node().label()
            + (e == null ? " is no longer what it was" : " was lost")
            + " in the middle of a transaction";
    return new SQLTransientConnectionException(text, "08006", e);
  }

  private void drop(Lease lease) {
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

  final void commitTransaction() throws SQLException {
    Lease lease = transaction;
    if (lease == null) {
      return;
    }
    if (!lease.isCurrent()) {
      throw interrupted(lease, null);
    }
    try {
      Position position = null;
      Reading reading = lease.node().reading();
      if (routing.captureOnCommit() && lease.isPrimary() && !readOnly && reading != null) {
        Position before = reading.sample().position();
        position = routing.engine().commitAndCapture(lease.connection(), before);
      } else {
        lease.connection().commit();
      }
      ended(lease, position);
    } catch (SQLException e) {
      ended(lease, null);
      if (routing.engine().classify(e) == Failure.CONNECTION_LOST || lease.isCalledBack()) {
        drop(lease);
      }
      throw e;
    }
  }

  final void rollbackTransaction() throws SQLException {
    Lease lease = transaction;
    if (lease == null) {
      return;
    }
    try {
      if (lease.isCurrent()) {
        lease.connection().rollback();
      } else {
        drop(lease);
      }
    } catch (SQLException e) {
      drop(lease);
      throw e;
    } finally {
      ended(lease, null);
    }
  }

  /** Ends the transaction for this connection, and remembers what it may have seen and written. */
  final void ended(Lease lease, @Nullable Position position) {
    transaction = null;
    if (!lease.isPrimary()) {
      return;
    }
    keepPrimary();
    if (position != null) {
      session.committed(position);
    } else if (readOnly) {
      session.read(lease, policy());
    } else {
      session.wrote();
    }
  }

  /** Ends the transaction because autocommit was switched on, which commits. */
  final void endedByAutocommit() {
    Lease lease = transaction;
    if (lease != null) {
      ended(lease, null);
    }
  }

  /** Begins a transaction on the primary if none is open and autocommit is off. */
  final Connection begin() throws SQLException {
    checkOpen();
    if (transaction == null) {
      Lease lease = primary(Reason.TRANSACTION);
      if (!autoCommit) {
        transaction = lease;
      }
      return lease.connection();
    }
    return transaction.connection();
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
    Semaphore held = permit;
    permit = null;
    if (held != null) {
      held.release();
    }
  }

  /** Gives a connection back as it came; where that fails it is closed for good. */
  private void giveBack(Lease lease) throws SQLException {
    try {
      restore(lease);
    } catch (SQLException e) {
      RoutedConnection.LOG.debug("{}: a connection could not be reset", lease.node().label(), e);
      lease.discard();
      return;
    }
    lease.release();
  }

  /** HikariCP undoes some of what was changed; other pools may undo nothing. */
  private void restore(Lease lease) throws SQLException {
    boolean reset = lease.node().resetsConnections();
    SessionSettings changed = settings;
    if (!lease.isCurrent() || (reset && changed == null)) {
      return;
    }
    Connection connection = lease.connection();
    if (!autoCommit) {
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
    Lease open = transaction;
    if (open != null) {
      ended(open, null);
    }
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
