// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What a rate limiter costs, what it admits and what its keys take: ours and the peers. */
@NullMarked
package io.scalingtoolkit.benchmarks.limits;

import org.jspecify.annotations.NullMarked;
