// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The steps out of one state. Confined to one thread. */
final class Steps {
  private final List<Step> steps = new ArrayList<>();

  void add(int actor, String label, State next) {
    steps.add(new Step(actor, label, next, null));
  }

  /** Adds a step which itself breaks an invariant, if {@code violation} is not null. */
  void add(int actor, String label, State next, @Nullable String violation) {
    steps.add(new Step(actor, label, next, violation));
  }

  void clear() {
    steps.clear();
  }

  List<Step> list() {
    return steps;
  }

  record Step(int actor, String label, State next, @Nullable String violation) {}
}
