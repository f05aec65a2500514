// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.core.balance.TargetLoad;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is who in a cluster at one moment; immutable, but for the nodes in it. */
public final class Topology {
  private final @Nullable Node primary;
  private final String obstacle;
  private final List<Node> replicas;
  private final TargetLoad[] loads;

  Topology(@Nullable Node primary, String obstacle, List<Node> replicas) {
    this.primary = primary;
    this.obstacle = obstacle;
    this.replicas = List.copyOf(replicas);
    this.loads = replicas.stream().map(Node::load).toArray(TargetLoad[]::new);
  }

  /** Returns the node that takes writes, or null while none may. */
  public @Nullable Node primary() {
    return primary;
  }

  /** Returns why there is no primary, for the caller of a write; empty while there is one. */
  public String obstacle() {
    return obstacle;
  }

  /** Returns the nodes that may be read from, in a fixed order, unmodifiable. */
  public List<Node> replicas() {
    return replicas;
  }

  /** Returns the loads of {@link #replicas}, index by index; not to be changed. */
  public TargetLoad[] loads() {
    return loads;
  }
}
