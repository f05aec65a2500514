// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

/** How sure a connection is that its slot has not moved away. Writes are always refused then. */
public enum ReadFreshness {
  /** The shard is asked each time a connection is handed out: one more round trip. */
  STRICT,
  /** The shard is asked when the map could not be read again for a while; the default. */
  BOUNDED,
  /** The shard is not asked; rows may be those from before a move until they are deleted. */
  EVENTUAL
}
