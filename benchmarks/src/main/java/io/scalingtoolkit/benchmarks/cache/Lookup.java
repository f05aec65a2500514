// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.cache;

import org.jspecify.annotations.Nullable;

/** A filled cache of any make; thread-safe. */
@FunctionalInterface
public interface Lookup {
  /** Returns the value of a key. */
  @Nullable Object get(Long key);
}
