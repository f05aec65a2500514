// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.util.Collection;

/**
 * Makes consistent hashes over nodes that hold nothing that would be missed: caches, sessions,
 * stateless servers.
 *
 * <ul>
 *   <li>{@link #ring} for named nodes, with weights, of which any may fail; a lookup costs the same
 *       for ten nodes and for thousands. How even the keys are depends on the virtual nodes.
 *   <li>{@link #rendezvous} for the same with up to some tens of nodes: as even as chance allows,
 *       weights are exact, and no memory; a lookup asks every node.
 *   <li>{@link #bucket} for numbered nodes of equal weight that are added and removed at the end
 *       only: the fastest, and perfectly even.
 *   <li>{@link #bounded} around one of the first two, when some keys are much hotter than others.
 * </ul>
 *
 * <p>Stateless, thread-safe. What they return for a hash is fixed, as ring v1, rendezvous v1 and
 * jump back v1.
 */
public final class ConsistentHash {
  /** The least and the default number of virtual nodes for a node of weight 1. */
  public static final int VIRTUAL_NODES = 160;

  /** How far above its share a node may be loaded, unless the caller says otherwise. */
  public static final double EPSILON = 0.25;

  private ConsistentHash() {}

  /**
   * Returns a ring with {@value #VIRTUAL_NODES} virtual nodes for a node of weight 1.
   *
   * @throws IllegalArgumentException if there is no node, or two have the same name
   */
  public static <N> NodeRouter<N> ring(Collection<WeightedNode<N>> nodes) {
    return ring(nodes, VIRTUAL_NODES);
  }

  /**
   * Returns a ring. With {@code v} virtual nodes each, the shares of the nodes have a standard
   * deviation of about {@code 1 / sqrt(v)}.
   *
   * @param virtualNodes for a node of weight 1: {@value #VIRTUAL_NODES} to 1,048,576
   * @throws IllegalArgumentException if there is no node, or two have the same name, or {@code
   *     virtualNodes} is out of range, or with the weights there would be more than 4,194,304 of
   *     them
   */
  public static <N> NodeRouter<N> ring(Collection<WeightedNode<N>> nodes, int virtualNodes) {
    if (virtualNodes < VIRTUAL_NODES || virtualNodes > 1 << 20) {
      throw new IllegalArgumentException(
          "virtualNodes must be %s to %s, but is %s"
              .formatted(VIRTUAL_NODES, 1 << 20, virtualNodes));
    }
    return new VirtualNodeRing<>(NodeSet.of(nodes), virtualNodes);
  }

  /**
   * Returns a rendezvous hash: each node draws for the key, the best draw has it, the others
   * follow.
   *
   * @throws IllegalArgumentException if there is no node, or two have the same name
   */
  public static <N> NodeRouter<N> rendezvous(Collection<WeightedNode<N>> nodes) {
    return new Rendezvous<>(NodeSet.of(nodes));
  }

  /**
   * Returns the bucket of a hash; allocates nothing. From n to n + 1 buckets, one hash in n + 1
   * goes to the new bucket and all others stay.
   *
   * <p>JumpBackHash by Otmar Ertl, Software: Practice and Experience 55(3), 2025, over SplitMix64;
   * the same buckets as {@code ConsistentHashing.jumpBackHash} of hash4j with that generator.
   *
   * @param buckets 1 or more
   * @return 0 to {@code buckets - 1}
   * @throws IllegalArgumentException if {@code buckets} is below 1
   */
  public static int bucket(long hash, int buckets) {
    if (buckets < 1) {
      throw new IllegalArgumentException("buckets must be 1 or more, but is " + buckets);
    }
    return JumpBack.bucket(hash, buckets);
  }

  /** Returns loads over the nodes of a router, with {@value #EPSILON} for epsilon. */
  public static <N> BoundedLoad<N> bounded(NodeRouter<N> router) {
    return bounded(router, EPSILON);
  }

  /**
   * Returns loads over the nodes of a router, none of which gets more than {@code 1 + epsilon}
   * times its share.
   *
   * @param epsilon 0.01 to 10; less is more even, but spreads a key over more nodes
   * @throws IllegalArgumentException if {@code epsilon} is out of range
   */
  public static <N> BoundedLoad<N> bounded(NodeRouter<N> router, double epsilon) {
    if (!(epsilon >= 0.01 && epsilon <= 10)) {
      throw new IllegalArgumentException("epsilon must be 0.01 to 10, but is " + epsilon);
    }
    return new CountedLoad<>(router, epsilon);
  }
}
