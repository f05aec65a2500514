// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.core.balance.TargetLoad;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is who in a cluster at one moment; immutable, but for the nodes in it.
 *
 * @param primary the node that takes writes, or null while none may
 * @param obstacle why there is none, for the caller of a write; empty while there is one
 * @param replicas the nodes that may be read from, in a fixed order
 * @param loads the loads of {@code replicas}, index by index
 */
public record Topology(
    @Nullable Node primary, String obstacle, List<Node> replicas, TargetLoad[] loads) {

  static Topology of(@Nullable Node primary, String obstacle, List<Node> replicas) {
    return new Topology(
        primary,
        obstacle,
        List.copyOf(replicas),
        replicas.stream().map(Node::load).toArray(TargetLoad[]::new));
  }
}
