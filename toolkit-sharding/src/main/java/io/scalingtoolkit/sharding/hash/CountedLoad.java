// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.util.HashMap;
import java.util.Map;

/** Counts of leases by node, under one lock. Thread-safe. */
final class CountedLoad<N> implements BoundedLoad<N> {
  /*
   * Invariants, of what the lock guards: a node in use has a count, even of 0; total is the sum of
   * the counts of the nodes in use. A node that is gone keeps its count until that is 0.
   *
   * Some node always has room: else each of them held its bound or more, together at least
   * (1 + epsilon) * (total + 1), which is more than total. The allowance for rounding is far below
   * epsilon.
   *
   * Cost: a lookup in the router and one in a map; when the first node is full, a list of all.
   */

  /** So that a bound that is a whole number is not taken for a little more. */
  private static final double ROUNDING = 1 - 1e-12;

  private final double factor;
  private final Object lock = new Object();

  // All guarded by the lock.
  private final Map<String, Count> counts = new HashMap<>();
  private NodeRouter<N> router;
  private double allWeights;
  private long total;

  CountedLoad(NodeRouter<N> router, double epsilon) {
    factor = 1 + epsilon;
    this.router = router;
    synchronized (lock) {
      use(router);
    }
  }

  @Override
  public Lease<N> acquire(long hash) {
    synchronized (lock) {
      WeightedNode<N> node = router.node(hash);
      Count count = countOf(node);
      if (!hasRoom(node, count)) {
        node = firstWithRoom(hash);
        count = countOf(node);
      }
      count.held++;
      total++;
      return new Place<>(this, node, count);
    }
  }

  private WeightedNode<N> firstWithRoom(long hash) {
    for (WeightedNode<N> node : router.nodes(hash, Integer.MAX_VALUE)) {
      if (hasRoom(node, countOf(node))) {
        return node;
      }
    }
    throw new IllegalStateException("all nodes are full at " + total + " leases");
  }

  private boolean hasRoom(WeightedNode<N> node, Count count) {
    double share = factor * (total + 1) * (node.weight() / allWeights);
    return count.held < Math.ceil(share * ROUNDING);
  }

  private Count countOf(WeightedNode<N> node) {
    return counts.computeIfAbsent(node.name(), name -> new Count());
  }

  @Override
  public void replace(NodeRouter<N> router) {
    synchronized (lock) {
      use(router);
    }
  }

  private void use(NodeRouter<N> next) {
    router = next;
    counts.forEach((name, count) -> count.inUse = false);
    total = 0;
    allWeights = 0;
    for (WeightedNode<N> node : next.all()) {
      Count count = countOf(node);
      count.inUse = true;
      total += count.held;
      allWeights += node.weight();
    }
    counts.values().removeIf(Count::isDone);
  }

  @Override
  public NodeRouter<N> router() {
    synchronized (lock) {
      return router;
    }
  }

  @Override
  public long load(String name) {
    synchronized (lock) {
      Count count = counts.get(name);
      return count == null ? 0 : count.held;
    }
  }

  private void release(Place<N> place) {
    synchronized (lock) {
      if (place.closed) {
        return;
      }
      place.closed = true;
      Count count = place.count;
      count.held--;
      if (count.inUse) {
        total--;
      } else if (count.isDone()) {
        counts.remove(place.node.name(), count);
      }
    }
  }

  /** What one node holds; guarded by the lock. */
  private static final class Count {
    private long held;
    private boolean inUse;

    boolean isDone() {
      return held == 0 && !inUse;
    }
  }

  private static final class Place<N> implements Lease<N> {
    private final CountedLoad<N> owner;
    private final WeightedNode<N> node;
    private final Count count;
    private boolean closed; // guarded by the lock of the owner

    Place(CountedLoad<N> owner, WeightedNode<N> node, Count count) {
      this.owner = owner;
      this.node = node;
      this.count = count;
    }

    @Override
    public WeightedNode<N> node() {
      return node;
    }

    @Override
    public void close() {
      owner.release(this);
    }
  }
}
