// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.replication.internal.node.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How often one statement has been run; confined. Made when the first run fails. */
final class Retry {
  // The nodes of a cluster are few, so this bounds a storm and not a normal failover.
  private static final int MAX_RUNS = 12;

  private final boolean early;
  private @Nullable List<Node> tried;
  private int runs = 1;

  Retry(boolean early) {
    this.early = early;
  }

  /** Tells whether the statement must be on the primary for a reason other than its text. */
  boolean early() {
    return early;
  }

  /** Notes that {@code node} failed, and tells whether there may be another run. */
  boolean again(Node node) {
    tried = Tried.and(tried, node);
    runs++;
    return runs <= MAX_RUNS;
  }

  @Nullable List<Node> tried() {
    return tried;
  }
}
