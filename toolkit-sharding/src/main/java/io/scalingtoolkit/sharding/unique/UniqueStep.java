// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

/** Where a process may die; tests let it. Each is reached after what its name says. */
enum UniqueStep {
  /** One value is reserved; there may be more to come. */
  RESERVED,
  /** The used row is written, in the transaction that is still open. */
  USED,
  /** The transaction of the owner is committed. */
  COMMITTED,
  /** A sweep has learnt, or settled, what became of a reservation. */
  DECIDED,
  /** A value that was given back is free; its released row is still there. */
  FREED;

  /** Is told of steps; what it throws is not caught. */
  @FunctionalInterface
  interface Listener {
    void reached(UniqueStep step);
  }
}
