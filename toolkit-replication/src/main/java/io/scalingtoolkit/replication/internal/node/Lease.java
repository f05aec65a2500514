// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.replication.internal.engine.Role;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A connection borrowed from the pool of one node for one role, from the moment it is asked for;
 * confined to the connection that holds it, but for {@link #callBack}.
 */
public final class Lease {
  // Asked for, on the thread of `borrower`; there or given up; or being interrupted by another
  // thread, after which the borrower clears its interrupt.
  private static final int WAITING = 0;
  private static final int ARRIVED = 1;
  private static final int INTERRUPTING = 2;
  private static final int INTERRUPTED = 3;

  private static final AtomicIntegerFieldUpdater<Lease> STATE =
      AtomicIntegerFieldUpdater.newUpdater(Lease.class, "state");

  private static final AtomicIntegerFieldUpdater<Lease> GIVEN =
      AtomicIntegerFieldUpdater.newUpdater(Lease.class, "given");

  // What the holder has set on the connection, kept up to date by the holder.

  /** Whether the connection is read-only. */
  public boolean readOnly;

  /** Its isolation, or -1 if that is not known. */
  public int isolation;

  /** Which of the holder's changes have been applied. */
  public int version;

  private final Node node;
  private final Role role;
  private final @Nullable Incarnation server;
  private final long epoch;
  private final Thread borrower = Thread.currentThread();
  // Not set here: a volatile write of what is there already costs a fence on every read.
  private volatile int state;
  private int place = -1;
  private volatile int given;
  // Written before `state` leaves WAITING.
  private @Nullable Connection connection;
  private volatile boolean calledBack;

  Lease(Node node, Role role, @Nullable Incarnation server, long epoch) {
    this.node = node;
    this.role = role;
    this.server = server;
    this.epoch = epoch;
    readOnly = node.poolIsReadOnly();
    isolation = node.poolIsolation();
  }

  /** Returns the node it comes from. */
  public Node node() {
    return node;
  }

  /** Returns the pool's connection. */
  public Connection connection() {
    return Objects.requireNonNull(connection);
  }

  /** Tells whether it may write. */
  public boolean isPrimary() {
    return role == Role.PRIMARY;
  }

  /** Returns the incarnation of a replica, null on the primary. */
  public @Nullable Incarnation server() {
    return server;
  }

  /** Tells whether it is held and its node is still what it was when the lease was given. */
  public boolean isCurrent() {
    return !calledBack && given == 0 && node.epoch() == epoch;
  }

  /** Tells whether it was taken away from its holder. */
  public boolean isCalledBack() {
    return calledBack;
  }

  void list(LeaseTable table) {
    place = table.add(this);
  }

  /** Takes the connection that the pool gave, or null if it gave none. */
  void arrived(@Nullable Connection got) {
    connection = got;
    if (!STATE.compareAndSet(this, WAITING, ARRIVED)) {
      while (state != INTERRUPTED) {
        Thread.onSpinWait();
      }
      Thread.interrupted();
    }
  }

  /**
   * Ends whatever the holder waits for now: its turn at the pool, or an answer of the server, whose
   * connection is cut.
   */
  public void callBack() {
    calledBack = true;
    if (STATE.compareAndSet(this, WAITING, INTERRUPTING)) {
      borrower.interrupt();
      state = INTERRUPTED;
      return;
    }
    Connection cut = connection;
    if (cut == null) {
      return;
    }
    try {
      cut.abort(Runnable::run);
    } catch (SQLException | RuntimeException e) {
      Node.LOG.debug("{}: a connection could not be aborted", node.label(), e);
    }
  }

  /** Gives the connection back to its pool; does nothing if it has been given back or up. */
  public void release() throws SQLException {
    boolean current = isCurrent();
    if (!GIVEN.compareAndSet(this, 0, 1)) {
      return;
    }
    node.returned(place);
    Connection back = connection;
    if (back == null) {
      return;
    }
    if (current) {
      back.close();
    } else {
      node.evict(back);
    }
  }

  /** Gives up a connection that is broken or belongs to a server that is gone, likewise. */
  public void discard() {
    calledBack = true;
    if (GIVEN.compareAndSet(this, 0, 1)) {
      node.returned(place);
      if (connection != null) {
        node.evict(connection);
      }
    }
  }
}
