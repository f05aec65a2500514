// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;

/** A tier that processes share, as caches see it; thread-safe. */
public interface Remote {
  /**
   * Makes room for the entries of a cache.
   *
   * @param schema of its values; an entry with another is none
   * @throws IllegalArgumentException if a cache of that name has it already
   */
  Space open(String name, int schema, Space.Listener listener);

  /** Gives the room of a cache up; the entries stay. */
  void close(String name);

  /** The clock that it goes by. */
  MonotonicClock clock();

  /** How long a change can stay unknown at most. */
  Duration bound();

  /** How long a call may wait for an answer. */
  Duration timeout();

  /** How far a replica of a database can be behind that loads are protected from. */
  Duration longestLag();

  /** How long entries are kept. */
  Duration timeToLive();

  /** Gives up what has been unanswered for the timeout, in the calling thread. */
  void giveUpLate();
}
