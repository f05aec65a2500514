// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.core.balance.Balancer;

/** How one of several replicas is chosen. */
enum BalancerChoice {
  /** The less busy of two drawn at random. */
  POWER_OF_TWO,
  /** One after the other. */
  ROUND_ROBIN,
  /** The one with the fewest connections in use. */
  LEAST_IN_FLIGHT,
  /** Any. */
  RANDOM,
  /** At random in proportion to the weights. */
  WEIGHTED;

  Balancer balancer() {
    return switch (this) {
      case POWER_OF_TWO -> Balancer.powerOfTwoChoices();
      case ROUND_ROBIN -> Balancer.roundRobin();
      case LEAST_IN_FLIGHT -> Balancer.leastInFlight();
      case RANDOM -> Balancer.random();
      case WEIGHTED -> Balancer.weighted();
    };
  }
}
