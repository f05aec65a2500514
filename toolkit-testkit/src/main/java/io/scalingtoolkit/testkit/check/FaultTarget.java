// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.util.List;

/** A cluster as {@link Faults} see it, whatever its product. Thread-safe as the cluster is. */
interface FaultTarget {
  /** One server. Equal when it is the same server. */
  interface Node {
    String name();

    boolean isAlive();

    void pauseReplay();

    void resumeReplay();

    /** Waits until it has replayed what the primary had committed when this was called. */
    void awaitCaughtUp();

    void kill();

    /** Starts it again after a kill. */
    void restart();

    void freeze();

    void thaw();

    void promote();
  }

  Node primary();

  /** Returns the nodes that follow the primary, dead ones too. */
  List<Node> replicas();

  /** Makes a node follow the primary, with a copy of its data if it cannot otherwise. */
  void rejoin(Node node);

  /**
   * Makes sure that a live replica follows the primary, also after a promotion that it was past.
   */
  void ensureFollowing(Node replica);
}
