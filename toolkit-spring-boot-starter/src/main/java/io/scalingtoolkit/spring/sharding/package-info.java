// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** Auto-configuration of {@code toolkit-sharding}. */
@NullMarked
package io.scalingtoolkit.spring.sharding;

import org.jspecify.annotations.NullMarked;
