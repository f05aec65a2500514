// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.util.List;

/**
 * A consistent hash over named nodes: the same key always goes to the same node, and when a node
 * comes or goes only the keys that must move do.
 *
 * <p>When to use: caches, sessions, stateless servers; nodes that can lose a key and make it again.
 * When not: databases. There a change of nodes is a move of data that somebody has to make, and a
 * slot is assigned, not computed.
 *
 * <p>Two routers of the same kind with the same names and weights agree in all processes, in
 * whatever order the nodes were given. With a node added, a key stays or goes to that node; with
 * one removed, only its keys move, each to the second of its {@link #nodes}.
 *
 * <p>Immutable; a change is a new router. {@link ConsistentHash} makes them.
 *
 * @param <N> what stands for a node in the caller's code
 */
public sealed interface NodeRouter<N> permits VirtualNodeRing, Rendezvous {
  /**
   * Returns the node of a key; allocates nothing.
   *
   * @param hash any 64-bit hash with good bits, such as that of {@link KeyHash}
   */
  WeightedNode<N> node(long hash);

  /**
   * Returns the node of a key and, in order, those to fall back to.
   *
   * @param count 1 or more; at most all nodes are returned
   * @return different nodes, the first is {@link #node}; an unmodifiable list
   * @throws IllegalArgumentException if {@code count} is below 1
   */
  List<WeightedNode<N>> nodes(long hash, int count);

  /** Returns all nodes, at least one, by name; an unmodifiable list. */
  List<WeightedNode<N>> all();

  /**
   * Returns a router that has this node as well.
   *
   * @throws IllegalArgumentException if there is one of this name already
   */
  NodeRouter<N> with(WeightedNode<N> node);

  /**
   * Returns a router without the node of this name.
   *
   * @throws IllegalArgumentException if there is none, or if it is the only one
   */
  NodeRouter<N> without(String name);
}
