// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;

/** A tier that processes share, as caches see it; thread-safe. */
public interface Remote {
  /** No generation. */
  long NONE = 0;

  /**
   * Makes room for the entries of a cache.
   *
   * @throws IllegalArgumentException if a cache of that name has it already
   */
  Space open(String name, Space.Listener listener);

  /** Gives the room of a cache up; the entries stay. */
  void close(String name);

  /**
   * Returns the number of the connection that tells of changes, or {@link #NONE} while there is
   * none that is known to be alive. What was read under one number can be used without asking as
   * long as it is still this number.
   *
   * @param nowNanos on the clock of the tier
   */
  long generation(long nowNanos);

  /** The clock that it goes by. */
  MonotonicClock clock();

  /** How long a change can stay unknown at most. */
  Duration bound();

  /** How long a call may wait for an answer. */
  Duration timeout();

  /** How long entries are kept. */
  Duration timeToLive();
}
