// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

/**
 * Where a key is, by one version of the map.
 *
 * <p>Immutable.
 *
 * @param slot of the key; to be stored with its rows
 * @param shard that has the slot
 * @param version of the map
 */
public record ShardHandle(int slot, String shard, long version) {}
