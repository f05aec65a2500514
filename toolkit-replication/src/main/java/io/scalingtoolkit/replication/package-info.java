// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** One DataSource over a primary and its replicas. */
@NullMarked
package io.scalingtoolkit.replication;

import org.jspecify.annotations.NullMarked;
