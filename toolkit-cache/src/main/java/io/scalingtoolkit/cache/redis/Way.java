// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import org.jspecify.annotations.Nullable;

/** Finds the way to a slot. */
@FunctionalInterface
interface Way {
  /** Returns null while there is none. */
  @Nullable Route to(int slot);
}
