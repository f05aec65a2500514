// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * The same tables in all shards: changed shard by shard, and compared. Start at {@link
 * io.scalingtoolkit.sharding.schema.ShardSchema}.
 */
@NullMarked
package io.scalingtoolkit.sharding.schema;

import org.jspecify.annotations.NullMarked;
