// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.internal.engine.Failure;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.node.Incarnation;
import io.scalingtoolkit.replication.internal.node.Lease;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.Reading;
import io.scalingtoolkit.replication.internal.route.Overrides;
import io.scalingtoolkit.replication.internal.route.Reason;
import io.scalingtoolkit.replication.sql.Classification;
import io.scalingtoolkit.replication.sql.RouteHint;
import io.scalingtoolkit.replication.sql.StatementKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which borrowed connection each statement of a logical connection works on, and what becomes of a
 * statement that fails; confined.
 *
 * <p>Invariant: a transaction stays on the connection of its first statement.
 */
abstract class Leases extends Borrowing {
  private static final int SERIALIZABLE = Connection.TRANSACTION_SERIALIZABLE;
  private @Nullable Lease transaction;
  private boolean pinned;
  // The connection that has state of the session on it; null before there is any.
  private @Nullable Lease stateful;

  /** Applies changed settings to what is borrowed, unless a transaction is open. */
  final void applySettings() throws SQLException {
    if (transaction == null) {
      refreshHeld();
    }
  }

  /** Returns the connection that a call goes to which neither reads nor writes data. */
  final Connection anyConnection() throws SQLException {
    checkOpen();
    applySettings();
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
    applySettings();
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
    checkState();
    Lease lease = primary(Reason.SESSION_STATE);
    stateful = lease;
    if (!autoCommit) {
      transaction = lease;
    }
    return lease.connection();
  }

  /**
   * A new connection in place of one that had a role, a tenant or a search path set would answer,
   * and answer wrongly.
   */
  private void checkState() throws SQLException {
    if (stateful != null && !stateful.isCurrent()) {
      throw new SQLNonTransientConnectionException(
          "the state of this session was lost with its connection to "
              + stateful.node().label()
              + "; close this connection and take another one",
          "08003");
    }
  }

  Leases(Routing routing) {
    super(routing);
  }

  final boolean inTransaction() {
    return transaction != null;
  }

  final boolean isPinned() {
    return pinned;
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
    checkState();
    Overrides overrides = Overrides.current();
    policy = router.policy(overrides);
    if (!autoCommit) {
      boolean readable =
          readOnly
              && !early
              && !pinned
              && currentIsolation() != SERIALIZABLE
              && mayRead(statement, overrides);
      transaction = readable ? read(tried) : primary(Reason.TRANSACTION);
      return transaction;
    }
    if (pinned) {
      return primary(Reason.SESSION_STATE);
    }
    return inAutocommit(statement, early, overrides, tried);
  }

  private Lease inAutocommit(
      Classification statement, boolean early, Overrides overrides, @Nullable List<Node> tried)
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
      throw TransactionFailure.interrupted(lease, null);
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

  /** Takes note that a statement was answered. */
  final void succeeded(Lease lease, StatementKind kind) {
    if (kind == StatementKind.SESSION && lease.isPrimary()) {
      // Also in a transaction, which may commit it.
      pinned = true;
      stateful = lease;
    }
    Incarnation server = lease.server();
    if (server != null) {
      if (policy.remembersReads()) {
        // The one this read was routed for; a transaction was routed by its first statement.
        ConsistencyScope current = transaction == null ? scope : ConsistencyScope.current();
        if (current == null) {
          saw(server);
        } else {
          current.readFrom(router.source(), server, router.now());
        }
      }
    } else if (transaction == null) {
      if (kind == StatementKind.READ) {
        session().read(lease, policy);
      } else {
        session().wrote();
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
    Failure failure = failureOf(lease, e);
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
      throw TransactionFailure.interrupted(lease, e);
    }
    // Not run again: what looks like a read may have written there, through a view or a function.
    if (transaction == null) {
      session().wrote();
    }
    throw e;
  }

  private Failure failureOf(Lease lease, SQLException e) {
    return lease.isCalledBack() ? Failure.CONNECTION_LOST : routing.engine().classify(e);
  }

  /** Tells whether the server has ended the transaction that got this error. */
  private boolean endsTransaction(Lease lease, SQLException e) {
    Failure failure = failureOf(lease, e);
    return failure == Failure.CONNECTION_LOST
        || (failure == Failure.RECOVERY_CONFLICT && !lease.isPrimary());
  }

  /** Returns what the application is told when a result breaks off that it is reading. */
  final SQLException brokenOff(@Nullable Lease lease, SQLException e) {
    if (lease == null || lease != transaction || !endsTransaction(lease, e)) {
      return e;
    }
    Failure failure = failureOf(lease, e);
    drop(lease);
    if (failure == Failure.RECOVERY_CONFLICT) {
      return TransactionFailure.cancelled(lease, e);
    }
    if (!lease.isPrimary()) {
      lease.node().failed(e);
    }
    return TransactionFailure.interrupted(lease, e);
  }

  private Lease failedOnReplica(
      Lease lease,
      String sql,
      Classification statement,
      SQLException e,
      Failure failure,
      Retry retry)
      throws SQLException {
    boolean lost = failure == Failure.CONNECTION_LOST;
    if (failure == Failure.RECOVERY_CONFLICT && lease.connection().isClosed()) {
      drop(lease);
    }
    if (lost) {
      lease.node().failed(e);
    } else if (reason() == Reason.TRIAL) {
      lease.node().responded();
    }
    if (failure == Failure.STATEMENT) {
      throw e;
    }
    if (transaction != null && lost) {
      throw TransactionFailure.interrupted(lease, e);
    }
    if (transaction != null) {
      throw failure == Failure.RECOVERY_CONFLICT ? TransactionFailure.cancelled(lease, e) : e;
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

  final void commitTransaction() throws SQLException {
    Lease lease = transaction;
    if (lease == null) {
      return;
    }
    if (!lease.isPrimary()) {
      commitRead(lease);
      return;
    }
    if (!lease.isCurrent()) {
      throw TransactionFailure.interrupted(lease, null);
    }
    try {
      Position position = null;
      Reading reading = lease.node().reading();
      if (routing.captureOnCommit() && !readOnly && reading != null) {
        Position before = reading.sample().position();
        position = routing.engine().commitAndCapture(lease.connection(), before);
      } else {
        lease.connection().commit();
      }
      ended(lease, position);
    } catch (SQLException e) {
      ended(lease, null);
      if (failureOf(lease, e) == Failure.CONNECTION_LOST) {
        drop(lease);
      }
      throw e;
    }
  }

  /**
   * Ends a transaction on a replica. Everything it read has been handed out, and there is nothing
   * that its end could change, so a server that is lost by then, or has cancelled it, takes nothing
   * from the caller.
   */
  private void commitRead(Lease lease) throws SQLException {
    ended(lease, null);
    if (!lease.isCurrent()) {
      drop(lease);
      return;
    }
    try {
      lease.connection().commit();
    } catch (SQLException e) {
      if (!endsTransaction(lease, e)) {
        throw e;
      }
      drop(lease);
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
      boolean ended = endsTransaction(lease, e);
      drop(lease);
      if (!ended) {
        throw e;
      }
      // What was on a lost connection is rolled back. The caller has had its error already.
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
      session().committed(position);
    } else if (readOnly) {
      session().read(lease, policy);
    } else {
      session().wrote();
    }
  }

  /** Switches the connection of the open transaction to autocommit, which commits. */
  final void commitByAutocommit() throws SQLException {
    Lease lease = transaction;
    if (lease == null) {
      return;
    }
    if (!lease.isPrimary()) {
      commitRead(lease);
      return;
    }
    if (!lease.isCurrent()) {
      throw TransactionFailure.interrupted(lease, null);
    }
    try {
      lease.connection().setAutoCommit(true);
    } finally {
      ended(lease, null);
    }
  }

  /** A change that the driver is to judge if a transaction is open. */
  interface Change {
    void on(Connection connection) throws SQLException;
  }

  final void inTransactionNow(Change change) throws SQLException {
    if (transaction != null) {
      change.on(transaction.connection());
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

  /** Gives everything back; what was open is remembered as possibly written. */
  final void closeAll() throws SQLException {
    Lease open = transaction;
    if (open != null) {
      ended(open, null);
    }
    closeLeases();
  }
}
