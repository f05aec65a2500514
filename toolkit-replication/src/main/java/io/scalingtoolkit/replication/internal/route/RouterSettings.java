// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

import io.scalingtoolkit.core.balance.Balancer;
import org.jspecify.annotations.Nullable;

/**
 * How a router decides; immutable.
 *
 * @param source name by which bookmarks know the data source
 * @param policy which replicas qualify unless the code around a statement asks otherwise
 * @param balancer which of those that qualify
 * @param waitNanos how long a read waits for a replica before it goes to the primary
 * @param listener is told of decisions, or null
 */
public record RouterSettings(
    String source,
    ReadPolicy policy,
    Balancer balancer,
    long waitNanos,
    @Nullable DecisionListener listener) {}
