// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** Tests of the sharding benchmarks. */
@NullMarked
package io.scalingtoolkit.benchmarks.sharding;

import org.jspecify.annotations.NullMarked;
