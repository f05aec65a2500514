// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Rows spread over several databases by the hash of a key, and moved between them while they are
 * written. Start at {@link io.scalingtoolkit.sharding.ShardedDataSource}.
 */
@NullMarked
package io.scalingtoolkit.sharding;

import org.jspecify.annotations.NullMarked;
