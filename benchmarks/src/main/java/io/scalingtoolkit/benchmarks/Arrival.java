// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

/**
 * One request of a load, decided before the load starts. Immutable.
 *
 * @param offsetNanos intended start after the start of the load
 * @param key rank of the thing it is about, 0 is the most popular one
 */
record Arrival(long offsetNanos, Kind kind, int key) {}
