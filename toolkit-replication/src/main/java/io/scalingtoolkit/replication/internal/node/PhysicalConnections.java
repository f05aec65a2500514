// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.replication.internal.engine.Engine;
import io.scalingtoolkit.replication.internal.engine.Role;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the connections behind a pool: to which start of the server they belong, and
 * whether they were made to refuse writes; thread-safe.
 *
 * <p>The pool's own wrappers change with each borrowing, so the driver's connection is the key. A
 * wrapper that hides it is met anew each time, which costs a round trip and nothing else. Entries
 * of closed connections go when a new one comes, so there are at most as many as the pool ever had
 * at once and one generation more.
 */
final class PhysicalConnections {
  private final Engine engine;
  private final ConcurrentMap<Connection, Acquaintance> known = new ConcurrentHashMap<>();

  /** What is known of one connection. */
  static final class Acquaintance {
    // Of the server; empty if it was only used as a primary's.
    private final String incarnation;
    // What it was last made fit for.
    private final Role role;
    // The one it was last found to belong to. Plain and racy: it only saves comparing them again.
    private @Nullable Incarnation server;

    Acquaintance(String incarnation, Role role) {
      this.incarnation = incarnation;
      this.role = role;
    }

    /** Tells whether it leads to {@code other}. */
    boolean belongsTo(Incarnation other, Engine engine) {
      if (server == other) {
        return true;
      }
      boolean same = engine.sameIncarnation(incarnation, other.id());
      if (same) {
        server = other;
      }
      return same;
    }
  }

  PhysicalConnections(Engine engine) {
    this.engine = engine;
  }

  /** Makes {@code connection} fit for {@code role} and returns what is known of it. */
  Acquaintance prepare(Connection connection, Role role) throws SQLException {
    Connection physical = connection.unwrap(Connection.class);
    Acquaintance before = known.get(physical);
    if (before != null && before.role == role) {
      return before;
    }
    if (before != null) {
      engine.changeRole(connection, role);
      if (role == Role.PRIMARY || !before.incarnation.isEmpty()) {
        return remember(physical, new Acquaintance(before.incarnation, role));
      }
    }
    String incarnation = engine.introduce(connection, role);
    if (!connection.getAutoCommit()) {
      // The question must not leave a transaction behind, in which nothing can be set any more.
      connection.rollback();
    }
    return remember(physical, new Acquaintance(incarnation, role));
  }

  private Acquaintance remember(Connection physical, Acquaintance acquaintance)
      throws SQLException {
    for (Connection other : known.keySet()) {
      if (other.isClosed()) {
        known.remove(other);
      }
    }
    known.put(physical, acquaintance);
    return acquaintance;
  }
}
