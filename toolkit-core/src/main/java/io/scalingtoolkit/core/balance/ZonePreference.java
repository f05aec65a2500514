// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

/** Narrows the eligible targets to those of one zone if there are any of weight; immutable. */
final class ZonePreference implements Balancer {
  private final String zone;
  private final Balancer within;

  ZonePreference(String zone, Balancer within) {
    this.zone = zone;
    this.within = within;
  }

  @Override
  public int pick(TargetLoad[] targets, long eligible) {
    long near = 0;
    for (long rest = TargetSet.existing(targets, eligible); rest != 0; rest &= rest - 1) {
      TargetLoad target = targets[Long.numberOfTrailingZeros(rest)];
      if (zone.equals(target.zone()) && target.effectiveWeight() > 0) {
        near |= rest & -rest;
      }
    }
    return within.pick(targets, near != 0 ? near : eligible);
  }
}
