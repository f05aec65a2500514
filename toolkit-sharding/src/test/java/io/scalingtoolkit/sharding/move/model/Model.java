// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import org.jspecify.annotations.Nullable;

/** A protocol as a graph: a first state, the steps out of a state, and what must hold in each. */
interface Model {
  State initial();

  /** Adds every step that any party may take in the state. */
  void steps(State state, Steps steps);

  /** One state for all that differ in the names of equal parties only. */
  default State canonical(State state) {
    return state;
  }

  /** The invariant that the state breaks, or null. */
  @Nullable String violation(State state);

  /** The name of the end that the state is, or null. */
  @Nullable String end(State state);

  /** The name of a party as it is in the state. */
  String actor(State state, int actor);

  /** The state in one line. */
  String describe(State state);
}
