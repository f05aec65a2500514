// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Overload in virtual time: servers with a queue behind our limiter and behind those of Netflix
 * concurrency-limits, clients that retry into an outage, and calls of which some are slow.
 * Everything follows from a seed. The cost of a decision is measured with JMH.
 */
@NullMarked
package io.scalingtoolkit.benchmarks.overload;

import org.jspecify.annotations.NullMarked;
