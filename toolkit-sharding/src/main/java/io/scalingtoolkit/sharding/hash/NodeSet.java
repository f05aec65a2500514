// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The nodes of a router: at least one, each name once, by name, so that the order in which they
 * were given does not matter. Immutable.
 */
record NodeSet<N>(List<WeightedNode<N>> byName) {
  static <N> NodeSet<N> of(Collection<WeightedNode<N>> nodes) {
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException("a router must have at least one node");
    }
    Set<String> names = new HashSet<>();
    for (WeightedNode<N> node : nodes) {
      if (!names.add(node.name())) {
        throw new IllegalArgumentException("two nodes have the name " + node.name());
      }
    }
    List<WeightedNode<N>> sorted = new ArrayList<>(nodes);
    sorted.sort(Comparator.comparing(WeightedNode::name));
    return new NodeSet<>(List.copyOf(sorted));
  }

  NodeSet<N> with(WeightedNode<N> node) {
    List<WeightedNode<N>> more = new ArrayList<>(byName);
    more.add(node);
    return of(more);
  }

  NodeSet<N> without(String name) {
    List<WeightedNode<N>> fewer = new ArrayList<>(byName);
    if (!fewer.removeIf(node -> node.name().equals(name))) {
      throw new IllegalArgumentException("no node has the name " + name);
    }
    if (fewer.isEmpty()) {
      throw new IllegalArgumentException(
          "node " + name + " is the only one; a router must have at least one");
    }
    return new NodeSet<>(List.copyOf(fewer));
  }

  int size() {
    return byName.size();
  }

  WeightedNode<N> get(int index) {
    return byName.get(index);
  }

  /** The count of a request for fallbacks, checked and no more than there are. */
  int atMostAll(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be 1 or more, but is " + count);
    }
    return Math.min(count, byName.size());
  }
}
