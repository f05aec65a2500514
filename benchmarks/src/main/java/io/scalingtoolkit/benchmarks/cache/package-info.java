// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What a hit in memory costs and what an entry takes: our cache and the peers. */
@NullMarked
package io.scalingtoolkit.benchmarks.cache;

import org.jspecify.annotations.NullMarked;
