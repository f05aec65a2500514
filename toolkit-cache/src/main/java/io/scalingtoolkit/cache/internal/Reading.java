// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

import org.jspecify.annotations.Nullable;

/** What a shared tier says of a key; immutable, arrays are not to be changed. */
public sealed interface Reading {
  /**
   * There is an entry.
   *
   * @param token differs from those of all other entries of the key
   * @param value null for the knowledge that there is no value
   * @param ageNanos since its load began, as far as the tier's clock tells, 0 or more
   * @param line what tells of changes to it
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
  record Present(long token, byte @Nullable [] value, long ageNanos, Line line)
      implements Reading {}

  /**
   * There is none, and nobody is loading it.
   *
   * @param positions that a load must not be older than, empty for none
   * @param mark tells what there is instead and since when, for {@link Space#fill(String, long,
   *     Vacant, byte[], long, java.util.List, Mark)}
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
  record Vacant(String positions, byte[] mark) implements Reading {}

  /** There is none, or none that can be read. */
  record Absent() implements Reading {}

  /**
   * There is one, but one of its tags was removed since its load began.
   *
   * @param token of it
   */
  record Outdated(long token) implements Reading {}

  /** There is one now that was not there before, or did not count; it is to be read. */
  record Changed() implements Reading {}

  /**
   * There is none, and whoever asks may load it.
   *
   * @param positions that the load must not be older than, empty for none
   */
  record Granted(String positions) implements Reading {}

  /**
   * There is none, and somebody is about to change it: what is loaded is not to be kept.
   *
   * @param positions as for the right to load it
   * @param token of what there is instead
   */
  record Barred(String positions, long token) implements Reading {}

  /**
   * There is none, and somebody else is loading it.
   *
   * @param leaseNanos until his right to do so ends, unless he keeps it
   */
  record Awaited(long leaseNanos) implements Reading {}
}
