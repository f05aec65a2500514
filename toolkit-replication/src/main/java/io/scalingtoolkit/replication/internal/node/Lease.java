// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.replication.internal.engine.Role;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection borrowed from the pool of one node for one role; confined to the connection that
 * holds it, but for {@link #callBack}.
 */
public final class Lease {
  private final Node node;
  private final Connection connection;
  private final Role role;
  private final @Nullable Incarnation server;
  private final long epoch;
  private int place = -1;
  private volatile boolean calledBack;
  private boolean returned;

  Lease(Node node, Connection connection, Role role, @Nullable Incarnation server, long epoch) {
    this.node = node;
    this.connection = connection;
    this.role = role;
    this.server = server;
    this.epoch = epoch;
  }

  /** Returns the node it comes from. */
  public Node node() {
    return node;
  }

  /** Returns the pool's connection. */
  public Connection connection() {
    return connection;
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
    return !calledBack && !returned && node.epoch() == epoch;
  }

  /** Tells whether it was taken away from its holder. */
  public boolean isCalledBack() {
    return calledBack;
  }

  void list(LeaseTable table) {
    place = table.add(this);
  }

  /** Cuts the connection, so that a statement that waits on it fails now. */
  void callBack() {
    calledBack = true;
    try {
      connection.abort(Runnable::run);
    } catch (SQLException | RuntimeException e) {
      Node.LOG.debug("{}: a connection could not be aborted", node.label(), e);
    }
  }

  /** Gives the connection back to its pool; does nothing if it has been given back or up. */
  public void release() throws SQLException {
    if (returned) {
      return;
    }
    boolean current = isCurrent();
    returned = true;
    node.returned(place);
    if (current) {
      connection.close();
    } else {
      node.evict(connection);
    }
  }

  /** Gives up a connection that is broken or belongs to a server that is gone, likewise. */
  public void discard() {
    if (returned) {
      return;
    }
    returned = true;
    node.returned(place);
    node.evict(connection);
  }
}
