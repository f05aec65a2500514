// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** Finding the shard of a key, beside other libraries, and how even slots are spread. */
@NullMarked
package io.scalingtoolkit.benchmarks.sharding;

import org.jspecify.annotations.NullMarked;
