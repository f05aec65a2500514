// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.cache;

import org.jspecify.annotations.Nullable;

/**
 * A value as a cache keeps it. Immutable if the value is.
 *
 * @param value what was read
 * @param bookmark how far the database had got at least when it was read, so that who is given the
 *     value reads nothing older afterwards; null where there is one copy of the data
 * @param <V> type of the value
 */
public record Seen<V>(V value, @Nullable String bookmark) {

  /** Shows nothing of the value: logs hold nothing personal. */
  @Override
  public String toString() {
    return "Seen[" + bookmark + "]";
  }
}
