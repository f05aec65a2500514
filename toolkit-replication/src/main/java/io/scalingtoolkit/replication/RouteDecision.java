// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import org.jspecify.annotations.Nullable;

/**
 * Where a statement, or the transaction it opens, was sent, and why. Immutable.
 *
 * @param source name of the data source
 * @param node name of the node; null if there was none to send it to
 * @param role {@code primary} or {@code replica}
 * @param reason one of the closed set of reasons in the metrics documentation, lower case
 */
public record RouteDecision(String source, @Nullable String node, String role, String reason) {}
