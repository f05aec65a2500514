// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * From a key to a 64-bit hash and to a slot. Start at {@link
 * io.scalingtoolkit.sharding.hash.ShardKey}.
 */
@NullMarked
package io.scalingtoolkit.sharding.hash;

import org.jspecify.annotations.NullMarked;
