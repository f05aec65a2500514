// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.replication.internal.engine.Sample;

/**
 * The latest sample of a node and the incarnation that gave it; immutable.
 *
 * @param sample what it said
 * @param server which start of the server said it, compared by identity
 */
public record Reading(Sample sample, Incarnation server) {}
