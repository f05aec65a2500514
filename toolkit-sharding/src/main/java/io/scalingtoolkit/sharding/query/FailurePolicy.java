// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

/** What a query does when a shard fails or does not answer in time. */
public enum FailurePolicy {
  /** The query fails, naming the shard; the default. */
  FAIL,
  /**
   * The query gives what the others answered, and names the shard in its result. Only what a
   * database or its driver reports counts as the failure of a shard; a programming error is thrown,
   * and so is a shard that delivers rows out of order.
   */
  PARTIAL
}
