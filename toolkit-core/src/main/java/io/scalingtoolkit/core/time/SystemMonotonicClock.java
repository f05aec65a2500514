// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.time;

/** Elapsed time as the Java runtime measures it; immutable. */
enum SystemMonotonicClock implements MonotonicClock {
  INSTANCE;

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }
}
