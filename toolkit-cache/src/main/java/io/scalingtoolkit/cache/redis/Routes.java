// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import org.jspecify.annotations.Nullable;

/** The connections of a tier; thread-safe. */
interface Routes extends Way, AutoCloseable {
  /** Begins to connect, and waits a moment for the first answer. */
  void start();

  /** Returns the slot of a key. */
  int slot(byte[] key);

  /** Tells whether all slots can be trusted. */
  boolean isGood(long nowNanos);

  /** Returns the way that an answer points to, null if it cannot be gone. */
  @Nullable Route redirected(int slot, Redirect to);

  @Override
  void close();
}
