// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** Code that runs inside the compiler while the other modules are built. */
@NullMarked
package io.scalingtoolkit.build;

import org.jspecify.annotations.NullMarked;
