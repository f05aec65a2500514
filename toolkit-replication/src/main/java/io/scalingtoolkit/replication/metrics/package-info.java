// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** The metrics that toolkit-replication emits. */
@NullMarked
package io.scalingtoolkit.replication.metrics;

import org.jspecify.annotations.NullMarked;
