// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What the module counts and times: {@link io.scalingtoolkit.sharding.metrics.ShardingMetric}. */
@NullMarked
package io.scalingtoolkit.sharding.metrics;

import org.jspecify.annotations.NullMarked;
