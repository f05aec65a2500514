// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

/**
 * Is told of each routing decision, for traces and logs.
 *
 * <p>Called on the thread that executes the statement, before it is sent; must be thread-safe and
 * quick and must not throw.
 */
@FunctionalInterface
public interface RouteListener {

  /** A statement in autocommit, or the first one of a transaction, is about to be sent. */
  void routed(RouteDecision decision);
}
