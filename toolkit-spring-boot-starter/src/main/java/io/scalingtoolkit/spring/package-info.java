// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** Auto-configuration of the parts of the toolkit. */
@NullMarked
package io.scalingtoolkit.spring;

import org.jspecify.annotations.NullMarked;
