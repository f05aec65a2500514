// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Slots that move between databases while they are written. {@link
 * io.scalingtoolkit.sharding.move.SlotGuard} is installed once in each shard; {@link
 * io.scalingtoolkit.sharding.move.Mover} moves.
 */
@NullMarked
package io.scalingtoolkit.sharding.move;

import org.jspecify.annotations.NullMarked;
