// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors

/** Time as an injected dependency, with elapsed time and calendar time as different types. */
@NullMarked
package io.scalingtoolkit.core.time;

import org.jspecify.annotations.NullMarked;
