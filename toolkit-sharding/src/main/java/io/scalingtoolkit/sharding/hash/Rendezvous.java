// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.util.ArrayList;
import java.util.List;

/** Rendezvous hashing: every node draws for a key, and the lowest draw has it. Immutable. */
final class Rendezvous<N> implements NodeRouter<N> {
  /*
   * Rendezvous v1. A node draws u in (0, 1), from the hash of the key and the hash of its name, and
   * scores -ln(u) / weight: an exponential time whose rate is the weight. That one of them is first
   * has exactly the probability of its share. Equal scores go to the one by name first.
   *
   * While all weights are the same the order of the scores is that of the draws, falling, and the
   * logarithm is left out. StrictMath, since all processes must find the same order.
   *
   * Cost: one draw for each node, in a lookup; so for tens of nodes, not thousands.
   *
   * Reference: Thaler, Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM
   * Transactions on Networking 6(1), 1998; with weights: Schindelhauer, Schomaker, "Weighted
   * distributed hash tables", SPAA 2005.
   */

  private static final double UNIT = 0x1.0p-52;

  private final NodeSet<N> nodes;
  private final long[] seeds;
  private final double[] weights;
  private final boolean evenWeights;

  Rendezvous(NodeSet<N> nodes) {
    this.nodes = nodes;
    seeds = nodes.byName().stream().mapToLong(node -> KeyHash.of(node.name())).toArray();
    weights = nodes.byName().stream().mapToDouble(WeightedNode::weight).toArray();
    boolean even = true;
    for (double weight : weights) {
      even &= weight == weights[0];
    }
    evenWeights = even;
  }

  @Override
  public WeightedNode<N> node(long hash) {
    int best = 0;
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < seeds.length; i++) {
      double score = score(hash, i);
      if (score < lowest) {
        lowest = score;
        best = i;
      }
    }
    return nodes.get(best);
  }

  private double score(long hash, int index) {
    // The middle of one of 2^52 steps: never 0 or 1, and exact in a double.
    double drawn = ((SplitMix64.mix(hash ^ seeds[index]) >>> 12) + 0.5) * UNIT;
    return evenWeights ? 1 - drawn : -StrictMath.log(drawn) / weights[index];
  }

  @Override
  public List<WeightedNode<N>> nodes(long hash, int count) {
    int wanted = nodes.atMostAll(count);
    List<Scored> scored = new ArrayList<>(seeds.length);
    for (int i = 0; i < seeds.length; i++) {
      scored.add(new Scored(score(hash, i), i));
    }
    scored.sort(Scored::compare);
    return scored.stream().limit(wanted).map(drawn -> nodes.get(drawn.index)).toList();
  }

  @Override
  public List<WeightedNode<N>> all() {
    return nodes.byName();
  }

  @Override
  public NodeRouter<N> with(WeightedNode<N> node) {
    return new Rendezvous<>(nodes.with(node));
  }

  @Override
  public NodeRouter<N> without(String name) {
    return new Rendezvous<>(nodes.without(name));
  }

  private record Scored(double score, int index) {
    static int compare(Scored a, Scored b) {
      int byScore = Double.compare(a.score, b.score);
      return byScore != 0 ? byScore : Integer.compare(a.index, b.index);
    }
  }
}
