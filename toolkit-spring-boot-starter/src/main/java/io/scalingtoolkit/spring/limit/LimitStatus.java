// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import java.util.List;

/**
 * A policy and what it has decided since the application started; immutable.
 *
 * @param limit how much each key may do, in words
 * @param backend where counts are kept
 * @param granted requests that had a permit
 * @param denied requests that were refused
 * @param wouldDeny requests that were let through without a permit, because of shadow mode
 */
public record LimitStatus(
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
