// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What several packages of this module share. Not for use from outside; it may change. */
@NullMarked
package io.scalingtoolkit.sharding.internal;

import org.jspecify.annotations.NullMarked;
