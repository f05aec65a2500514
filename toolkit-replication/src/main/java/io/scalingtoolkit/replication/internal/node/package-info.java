// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * The servers of a cluster as this process knows them: probed, judged, leased from. Start at {@link
 * io.scalingtoolkit.replication.internal.node.Cluster}.
 */
@NullMarked
package io.scalingtoolkit.replication.internal.node;

import org.jspecify.annotations.NullMarked;
