// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

/**
 * The time that a fault may be felt. Immutable.
 *
 * @param name what was done
 * @param fromNanos when the fault began, after the start of the load
 * @param untilNanos end, exclusive; some time after it was healed
 */
record FaultWindow(String name, long fromNanos, long untilNanos) {
  boolean contains(long offsetNanos) {
    return offsetNanos >= fromNanos && offsetNanos < untilNanos;
  }
}
