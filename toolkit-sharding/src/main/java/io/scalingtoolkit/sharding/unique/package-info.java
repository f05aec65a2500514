// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Values that are unique over all shards, and ids that are. Start at {@link
 * io.scalingtoolkit.sharding.unique.UniqueKeys} and {@link
 * io.scalingtoolkit.sharding.unique.TimeOrderedIds}.
 */
@NullMarked
package io.scalingtoolkit.sharding.unique;

import org.jspecify.annotations.NullMarked;
