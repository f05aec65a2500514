// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.util.HashMap;
import java.util.Map;

/**
 * What a session knows of all its sources, and the arithmetic on it, without clock or threads;
 * immutable.
 */
final class SessionState {
  // Invariants: at most Bookmark.MAX_SOURCES entries. When everyPending, a source without an entry
  // is pending since everySinceNanos, and an entry is what has been learnt of its source since.
  private static final SessionState EMPTY = new SessionState(Map.of(), false, 0);

  private final Map<String, SourceState> sources;
  private final boolean everyPending;
  private final long everySinceNanos;

  private SessionState(
      Map<String, SourceState> sources, boolean everyPending, long everySinceNanos) {
    this.sources = sources;
    this.everyPending = everyPending;
    this.everySinceNanos = everySinceNanos;
  }

  static SessionState empty() {
    return EMPTY;
  }

  SourceState source(String name) {
    SourceState state = sources.get(name);
    if (state != null) {
      return state;
    }
    return everyPending ? SourceState.pendingSince(everySinceNanos) : SourceState.UNTOUCHED;
  }

  /** Returns this state with one source replaced; the same object if nothing changes. */
  SessionState with(String name, SourceState state, MonotonicClock clock) {
    SourceState before = sources.get(name);
    if (state.equals(before == null ? source(name) : before)) {
      return this;
    }
    if (before == null) {
      SourceName.check(name);
      if (sources.size() == Bookmark.MAX_SOURCES) {
        return everyPendingSince(state.wrote(clock.nanoTime()));
      }
    }
    int others = before == null ? sources.size() : sources.size() - 1;
    return new SessionState(
        others == 0 ? Map.of(name, state) : withOthers(name, state), everyPending, everySinceNanos);
  }

  private Map<String, SourceState> withOthers(String name, SourceState state) {
    Map<String, SourceState> changed = new HashMap<>(sources);
    changed.put(name, state);
    return changed;
  }

  SessionState observed(Bookmark bookmark, MonotonicClock clock) {
    if (bookmark.isEveryUnresolved()) {
      return everyPendingSince(SourceState.pendingSince(clock.nanoTime()));
    }
    SessionState state = this;
    for (String name : bookmark.sources()) {
      Position position = bookmark.position(name);
      if (position != null) {
        state = state.with(name, state.source(name).observed(position, clock), clock);
      }
    }
    return state;
  }

  /**
   * Returns the state that has forgotten every position and is pending for every source.
   *
   * <p>It is pending since the latest of all that was pending before and of {@code pending}. That
   * need not be the present: another thread may have recorded a write after the caller of this
   * change looked at the clock.
   */
  private SessionState everyPendingSince(SourceState pending) {
    SourceState latest = everyPending ? pending.wrote(everySinceNanos) : pending;
    for (SourceState state : sources.values()) {
      latest = state.pending() ? latest.wrote(state.sinceNanos()) : latest;
      latest = state.server() != null ? latest.wrote(state.serverNanos()) : latest;
    }
    return new SessionState(Map.of(), true, latest.sinceNanos());
  }

  /** Returns what has been seen, unresolved where pending. */
  Bookmark bookmark() {
    if (everyPending) {
      return Bookmark.unresolved();
    }
    Map<String, Position> positions = new HashMap<>();
    sources.forEach(
        (name, state) -> {
          Position requirement = state.requirement();
          if (requirement != null) {
            positions.put(name, requirement);
          }
        });
    return Bookmark.ofAll(positions);
  }
}
