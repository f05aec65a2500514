// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Which slot a key falls into and which shard has a slot. Start at {@link
 * io.scalingtoolkit.sharding.map.ShardMap}.
 */
@NullMarked
package io.scalingtoolkit.sharding.map;

import org.jspecify.annotations.NullMarked;
