// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import java.util.UUID;

/** From a key to the number of its shard. Thread-safe. */
interface Route {
  /** Of an integer, or of the hash of one where {@link RoutePeer} says so. */
  int ofLong(long key);

  int ofUuid(UUID key);

  int ofText(String key);
}
