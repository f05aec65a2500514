// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Reads from all shards at once: as they are, merged in order, or combined group by group. Start at
 * {@link io.scalingtoolkit.sharding.query.ShardQuery}.
 */
@NullMarked
@Forwarding({Connection.class})
package io.scalingtoolkit.sharding.query;

import io.scalingtoolkit.build.Forwarding;
import java.sql.Connection;
import org.jspecify.annotations.NullMarked;
