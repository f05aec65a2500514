// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * What routing must know about each database product: how to ask a server for its role and
 * position, how to fence a connection to a replica, and what an error means. Start at {@link
 * io.scalingtoolkit.replication.internal.engine.Engine}.
 */
@NullMarked
package io.scalingtoolkit.replication.internal.engine;

import org.jspecify.annotations.NullMarked;
