// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

/** What tells of changes to a copy in memory; thread-safe. */
@FunctionalInterface
public interface Line {
  /**
   * Tells whether it is known to be alive, so that what was read over it can be used without
   * asking. What is not good may become so again.
   *
   * @param nowNanos on the clock of the tier
   */
  boolean isGood(long nowNanos);
}
