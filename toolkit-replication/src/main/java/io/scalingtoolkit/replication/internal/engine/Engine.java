// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.sql.SqlDialect;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** One database product; implementations are stateless and thread-safe. */
public interface Engine {

  /** Returns the dialect of its SQL. */
  SqlDialect dialect();

  /**
   * Starts probing over {@code connection}, which the probe owns from then on, also when this
   * throws.
   */
  Probe open(Connection connection) throws SQLException;

  /**
   * Gets acquainted with a connection that has not been used before: asks for the incarnation of
   * its server, and makes it refuse writes if it is to be used as a connection to a replica and the
   * product needs telling.
   *
   * @return the incarnation, comparable with {@link Sample#incarnation}; empty for a primary
   */
  String introduce(Connection connection, Role role) throws SQLException;

  /** Tells whether two incarnations are those of one start of one server. */
  default boolean sameIncarnation(String first, String second) {
    return first.equals(second);
  }

  /** Makes a connection that was introduced in another role fit for this one. */
  void changeRole(Connection connection, Role role) throws SQLException;

  /** Tells whether {@code setReadOnly} on a connection to a replica is worth its round trips. */
  boolean passesReadOnlyToReplicas();

  /** Tells what an error means. */
  Failure classify(SQLException failure);

  /**
   * Commits the open transaction and returns the position of the primary after it, in one round
   * trip; returns null after a commit where the product offers no such way.
   *
   * @param before an earlier position of the same primary
   */
  default @Nullable Position commitAndCapture(Connection connection, Position before)
      throws SQLException {
    return commitOnly(connection);
  }

  /** Commits and knows no position. */
  static @Nullable Position commitOnly(Connection connection) throws SQLException {
    connection.commit();
    return null;
  }
}
