// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

/**
 * Consistent hashing with bounded loads: a key goes to its node, unless that node is full; then to
 * the first of its fallbacks that is not.
 *
 * <p>When to use: for work that counts as load while it lasts, such as requests to caches, where
 * one hot key would otherwise overload one node. When not: where a key must always find the same
 * node.
 *
 * <p>With m leases held, the new one among them, a node gets the new one only if it then holds at
 * most {@code ceil((1 + epsilon) * m * share)}, where the share is its weight over that of all.
 * There is always such a node, so nothing is refused. Leases that end lower m; what a node holds
 * already is not taken from it.
 *
 * <p>Thread-safe; a call holds a short lock and waits for nothing else.
 *
 * <p>Reference: Mirrokni, Thorup, Zadimoghaddam, "Consistent hashing with bounded loads", SODA
 * 2018, arXiv 1608.01350.
 *
 * @param <N> what stands for a node in the caller's code
 */
public interface BoundedLoad<N> {
  /**
   * Takes a place at the first node for this key that is not full.
   *
   * @param hash as for {@link NodeRouter#node}
   * @return to be closed when the work is done
   */
  Lease<N> acquire(long hash);

  /**
   * Exchanges the nodes. Leases of nodes that are gone stay valid, but are no longer counted; if a
   * node of that name comes back, those still held count again.
   */
  void replace(NodeRouter<N> router);

  /** Returns the router in use. */
  NodeRouter<N> router();

  /** Returns how many leases the node of this name holds; 0 if there is no such node. */
  long load(String name);

  /**
   * A place at a node.
   *
   * <p>Thread-safe.
   *
   * @param <N> what stands for a node in the caller's code
   */
  interface Lease<N> extends AutoCloseable {
    /** Returns the node the work is to go to. */
    WeightedNode<N> node();

    /** Gives the place back; only the first call does. */
    @Override
    void close();
  }
}
