// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.util.Objects;

/**
 * A cache, server or other node that keys are spread over. Immutable, as far as {@code target} is.
 *
 * @param <N> what stands for the node in the caller's code
 * @param name which keys go to the node depends on it, and on nothing else but the weight; it must
 *     be the same in all processes, and not blank
 * @param target what a lookup is for: a client, an address, or the name again
 * @param weight the node's share of the keys compared with the others: {@value #MIN_WEIGHT} to
 *     {@value #MAX_WEIGHT}
 */
public record WeightedNode<N>(String name, N target, double weight) {
  /** The least weight of a node; one that is to have no keys is left out. */
  public static final double MIN_WEIGHT = 0.01;

  /** The greatest weight of a node. */
  public static final double MAX_WEIGHT = 1_000;

  /**
   * Checks the name and the weight.
   *
   * @throws IllegalArgumentException if the name is blank, or the weight out of range
   */
  public WeightedNode {
    Objects.requireNonNull(target, "target");
    if (name.isBlank()) {
      throw new IllegalArgumentException("a node must have a name that is not blank");
    }
    if (!(weight >= MIN_WEIGHT && weight <= MAX_WEIGHT)) {
      throw new IllegalArgumentException(
          "the weight of node %s must be %s to %s, but is %s"
              .formatted(name, MIN_WEIGHT, MAX_WEIGHT, weight));
    }
  }

  /** Returns a node of weight 1. */
  public static <N> WeightedNode<N> of(String name, N target) {
    return new WeightedNode<>(name, target, 1);
  }

  /** Returns a node of weight 1 that only has a name. */
  public static WeightedNode<String> of(String name) {
    return of(name, name);
  }
}
