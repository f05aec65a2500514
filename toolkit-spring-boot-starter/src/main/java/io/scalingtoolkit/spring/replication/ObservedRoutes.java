// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.scalingtoolkit.replication.RouteDecision;
import io.scalingtoolkit.replication.RouteListener;

/** Makes each routing decision an event of the observation it happens in; thread-safe. */
record ObservedRoutes(ObservationRegistry registry) implements RouteListener {
  static final String EVENT = "toolkit.replication.route";

  @Override
  public void routed(RouteDecision decision) {
    Observation observation = registry.getCurrentObservation();
    if (observation != null) {
      // The name becomes that of a meter and is the same for all; the text is for traces.
      observation.event(
          Observation.Event.of(
              EVENT,
              "%s to %s %s: %s"
                  .formatted(
                      decision.source(), decision.role(), decision.node(), decision.reason())));
    }
  }
}
