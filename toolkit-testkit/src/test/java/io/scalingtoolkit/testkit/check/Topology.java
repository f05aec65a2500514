// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.sql.SQLException;
import java.util.List;

/** What a router knows of a cluster; over PostgreSQL and over a simulation. */
interface Topology {
  /**
   * Where a node is.
   *
   * @param incarnation differs after each start of the node
   * @param timeline which history, higher after each promotion
   * @param lsn how far in it: written for a primary, replayed for a replica
   */
  record Position(long incarnation, int timeline, long lsn) {}

  /** The caller's connection to a node. It breaks when the node restarts, and is made anew then. */
  interface Site {
    /** The same for all connections to the node, from 0. */
    int number();

    /** Which start of the node this connection belongs to, without asking it. */
    long incarnation() throws SQLException;

    Position position() throws SQLException;
  }

  Site primary() throws SQLException;

  List<? extends Site> replicas() throws SQLException;

  long nanoTime();
}
