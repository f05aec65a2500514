// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What the packages of this module share and nobody else may use. */
@NullMarked
package io.scalingtoolkit.replication.internal;

import org.jspecify.annotations.NullMarked;
