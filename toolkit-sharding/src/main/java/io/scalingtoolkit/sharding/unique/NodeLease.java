// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

/**
 * What a node may do, as its row in the control database says.
 *
 * <p>Immutable. Ids with times above {@code floorMillis} and up to {@code ceilingMillis} are this
 * holder's alone: the ceiling is in the row before an id below it is handed out, and the next
 * holder begins above it. That, and not the lease, keeps ids unique; the lease keeps the number of
 * nodes in use small.
 *
 * @param node 0 to 1,023
 * @param holder who has it; a new name for each time that a node is taken
 * @param floorMillis the ceiling of the holder before, in milliseconds since 1970
 * @param ceilingMillis in milliseconds since 1970
 * @param endNanos when it is over by the monotonic clock of this process
 */
record NodeLease(int node, String holder, long floorMillis, long ceilingMillis, long endNanos) {}
