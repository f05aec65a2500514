// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Rows spread over several databases by the hash of a key, and moved between them while they are
 * written. Start at {@link io.scalingtoolkit.sharding.ShardedDataSource}.
 */
@NullMarked
@Forwarding({Connection.class})
package io.scalingtoolkit.sharding;

import io.scalingtoolkit.build.Forwarding;
import java.sql.Connection;
import org.jspecify.annotations.NullMarked;
