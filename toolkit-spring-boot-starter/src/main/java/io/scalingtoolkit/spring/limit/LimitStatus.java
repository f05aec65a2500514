// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import java.util.List;

/** A policy as {@code /actuator/limits} shows it; immutable. */
record LimitStatus(
    String name,
    String limit,
    String backend,
    List<String> key,
    List<String> paths,
    List<String> methods,
    boolean shadow,
    long granted,
    long denied,
    long wouldDeny) {

  static LimitStatus of(Policy policy, String backend) {
    LimitPolicy settings = policy.settings();
    Policy.Counts counts = policy.counts();
    return new LimitStatus(
        settings.name(),
        settings.limit().toString(),
        backend,
        settings.key(),
        settings.paths(),
        settings.methods().stream().sorted().toList(),
        settings.shadow(),
        counts.granted.sum(),
        counts.denied.sum(),
        counts.wouldDeny.sum());
  }
}
