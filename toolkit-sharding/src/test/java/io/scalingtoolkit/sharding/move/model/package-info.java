// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * The protocol that moves a slot, as a model whose every interleaving is explored in the test run.
 * Start at {@link io.scalingtoolkit.sharding.move.model.ProtocolModelTest}.
 */
@NullMarked
package io.scalingtoolkit.sharding.move.model;

import org.jspecify.annotations.NullMarked;
