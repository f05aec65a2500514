// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model that does not look at some invariants, to see which of the others break then. Immutable.
 *
 * @param model the model
 * @param invariants how the names of the invariants begin, each of two characters
 */
record Ignoring(Model model, Set<String> invariants) implements Model {
  @Override
  public State initial() {
    return model.initial();
  }

  @Override
  public void steps(State state, Steps steps) {
    Steps all = new Steps();
    model.steps(state, all);
    for (Steps.Step step : all.list()) {
      steps.add(step.actor(), step.label(), step.next(), unlessIgnored(step.violation()));
    }
  }

  @Override
  public State canonical(State state) {
    return model.canonical(state);
  }

  @Override
  public @Nullable String violation(State state) {
    return unlessIgnored(model.violation(state));
  }

  @Override
  public @Nullable String end(State state) {
    return model.end(state);
  }

  @Override
  public String actor(State state, int actor) {
    return model.actor(state, actor);
  }

  @Override
  public String describe(State state) {
    return model.describe(state);
  }

  private @Nullable String unlessIgnored(@Nullable String violation) {
    return violation == null || invariants.contains(violation.substring(0, 2)) ? null : violation;
  }
}
