// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * From a key to a 64-bit hash, and from that to a slot or, where nothing is stored, straight to a
 * node. Start at {@link io.scalingtoolkit.sharding.hash.ShardKey}; for caches and stateless servers
 * at {@link io.scalingtoolkit.sharding.hash.ConsistentHash}.
 */
@NullMarked
package io.scalingtoolkit.sharding.hash;

import org.jspecify.annotations.NullMarked;
