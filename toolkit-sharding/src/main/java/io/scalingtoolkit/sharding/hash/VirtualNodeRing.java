// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Points of nodes on a ring; a key belongs to the first point at or after its hash. Immutable. */
final class VirtualNodeRing<N> implements NodeRouter<N> {
  /*
   * Ring v1. The j-th point of a node, j from 1, is the j-th number of SplitMix64 with the hash of
   * the name (KeyHash) as its seed. A node of weight w has the nearest whole number to w * virtual
   * nodes of them, but at least one. Where points of two nodes coincide, the one by name first has
   * the place.
   *
   * Invariants: points ascend, as unsigned numbers; guide[b] is the index of the first point whose
   * top bits are b or more, or the number of points.
   *
   * Cost: a lookup is one step into the guide, which has at least as many entries as there are
   * points, and on average less than two steps to the point. A change sorts all points.
   *
   * Reference: Karger et al., "Consistent hashing and random trees", STOC 1997.
   */

  /** What all nodes may have together: 64 MiB of points, owners and guide. */
  static final int MOST_POINTS = 1 << 22;

  private final NodeSet<N> nodes;
  private final int virtualNodes;
  private final long[] points;
  private final int[] owners;
  private final int[] guide;
  private final int guideShift;

  VirtualNodeRing(NodeSet<N> nodes, int virtualNodes) {
    this.nodes = nodes;
    this.virtualNodes = virtualNodes;
    List<Point> sorted = sortedPoints();
    points = sorted.stream().mapToLong(Point::position).toArray();
    owners = sorted.stream().mapToInt(Point::owner).toArray();
    int bits = Math.max(1, 32 - Integer.numberOfLeadingZeros(points.length - 1));
    guideShift = 64 - bits;
    guide = new int[1 << bits];
    int index = 0;
    for (int top = 0; top < guide.length; top++) {
      while (index < points.length && (int) (points[index] >>> guideShift) < top) {
        index++;
      }
      guide[top] = index;
    }
  }

  private List<Point> sortedPoints() {
    long all = 0;
    for (WeightedNode<N> node : nodes.byName()) {
      all += pointsOf(node);
    }
    if (all > MOST_POINTS) {
      throw new IllegalArgumentException(
          "the nodes must have at most %s points on the ring, but their weights at %s virtual nodes"
                  .formatted(MOST_POINTS, virtualNodes)
              + " each make "
              + all);
    }
    List<Point> sorted = new ArrayList<>((int) all);
    for (int owner = 0; owner < nodes.size(); owner++) {
      long position = KeyHash.of(nodes.get(owner).name());
      for (long left = pointsOf(nodes.get(owner)); left > 0; left--) {
        position += SplitMix64.GAMMA;
        sorted.add(new Point(SplitMix64.mix(position), owner));
      }
    }
    sorted.sort(Point::compare);
    return sorted;
  }

  private long pointsOf(WeightedNode<N> node) {
    return Math.max(1, Math.round(node.weight() * virtualNodes));
  }

  @Override
  public WeightedNode<N> node(long hash) {
    return nodes.get(owners[indexOf(hash)]);
  }

  private int indexOf(long hash) {
    int index = guide[(int) (hash >>> guideShift)];
    while (index < points.length && Long.compareUnsigned(points[index], hash) < 0) {
      index++;
    }
    return index < points.length ? index : 0;
  }

  @Override
  public List<WeightedNode<N>> nodes(long hash, int count) {
    int wanted = nodes.atMostAll(count);
    List<WeightedNode<N>> found = new ArrayList<>(wanted);
    BitSet seen = new BitSet(nodes.size());
    // Once around at most: every node has a point.
    for (int index = indexOf(hash); found.size() < wanted; index++) {
      int owner = owners[index % owners.length];
      if (!seen.get(owner)) {
        seen.set(owner);
        found.add(nodes.get(owner));
      }
    }
    return List.copyOf(found);
  }

  @Override
  public List<WeightedNode<N>> all() {
    return nodes.byName();
  }

  @Override
  public NodeRouter<N> with(WeightedNode<N> node) {
    return new VirtualNodeRing<>(nodes.with(node), virtualNodes);
  }

  @Override
  public NodeRouter<N> without(String name) {
    return new VirtualNodeRing<>(nodes.without(name), virtualNodes);
  }

  private record Point(long position, int owner) {
    static int compare(Point a, Point b) {
      int byPosition = Long.compareUnsigned(a.position, b.position);
      return byPosition != 0 ? byPosition : Integer.compare(a.owner, b.owner);
    }
  }
}
