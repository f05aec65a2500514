// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

import org.jspecify.annotations.Nullable;

/** Is told of every decision, on the thread that decided; thread-safe. */
@FunctionalInterface
public interface DecisionListener {
  /** Takes note of a decision; {@code node} is null if none could be had. */
  void routed(@Nullable String node, Reason reason);
}
