// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the exploration of a model found. Immutable.
 *
 * @param states the states seen
 * @param steps the steps between them
 * @param ends how many states are which end
 * @param counterexample what broke and the shortest way to it, one step a line, or null
 */
record Exploration(
    int states, long steps, Map<String, Integer> ends, @Nullable String counterexample) {
  Exploration {
    ends = Map.copyOf(ends);
  }

  boolean holds() {
    return counterexample == null;
  }
}
