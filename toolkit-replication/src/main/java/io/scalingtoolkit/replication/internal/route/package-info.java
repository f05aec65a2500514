// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Where a read goes, and why. Start at {@link io.scalingtoolkit.replication.internal.route.Router}.
 */
@NullMarked
package io.scalingtoolkit.replication.internal.route;

import org.jspecify.annotations.NullMarked;
