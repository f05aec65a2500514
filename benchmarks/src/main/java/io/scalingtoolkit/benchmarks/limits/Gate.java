// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

/** A limiter of any make; thread-safe. */
@FunctionalInterface
public interface Gate {
  /** Takes a permit if it is there. */
  boolean tryAcquire();
}
