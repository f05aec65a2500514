// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

/**
 * What a sweep found.
 *
 * <p>Immutable.
 *
 * @param confirmed reservations that were used, and whose users did not get to say so
 * @param cancelled reservations that nobody will use any more; their values are free
 * @param freed values whose owners gave them back, and did not get to free them
 */
public record SweepReport(int confirmed, int cancelled, int freed) {
  SweepReport plus(SweepReport more) {
    return new SweepReport(
        confirmed + more.confirmed, cancelled + more.cancelled, freed + more.freed);
  }
}
