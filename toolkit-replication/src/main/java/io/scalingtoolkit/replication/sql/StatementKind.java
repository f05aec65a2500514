// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/**
 * What a statement may do, weakest first: of several things in one text, the last in this order
 * counts. All but {@link #READ} may have written. Immutable.
 */
public enum StatementKind {
  /** Only reads: may run on a replica. */
  READ,
  /**
   * Might write, or its answer depends on the session or the server: primary. {@link
   * RouteHint#REPLICA} lifts this kind and no other.
   */
  UNCERTAIN,
  /** Changes data or schema, or takes locks: primary. */
  WRITE,
  /** Changes the state of the session: primary, and the connection must stay the same. */
  SESSION,
  /** Begins, ends or marks a transaction by SQL text: primary, and the connection must stay. */
  TRANSACTION
}
