// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state that a scope, the scopes inside it and the threads it is carried to share; thread-safe.
 */
final class Session {
  // Concurrency: all state that a guarantee rests on is one immutable value behind one reference,
  // replaced by compare-and-set. A change is computed from the value it replaces, so a write that
  // comes between reading and replacing makes the replacing fail and the change be computed again:
  // no resolution can erase a write it did not see. There is no lock, so the foreign code called
  // inside (merge, covers, sample) cannot deadlock with it. Retries are bounded by the number of
  // changes other threads make meanwhile.
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private static final AtomicReferenceFieldUpdater<Session, SessionState> STATE =
      AtomicReferenceFieldUpdater.newUpdater(Session.class, SessionState.class, "state");

  private final MonotonicClock clock;
  private final ConcurrentMap<String, PositionSource> positionSources = new ConcurrentHashMap<>();
  // Volatile read everywhere, replaced through STATE alone.
  private volatile SessionState state = SessionState.empty();

  Session(MonotonicClock clock) {
    this.clock = clock;
  }

  MonotonicClock clock() {
    return clock;
  }

  void register(String source, PositionSource positionSource) {
    positionSources.put(SourceName.check(source), positionSource);
  }

  ReadRequirement requirement(String source) {
    return state.source(source);
  }

  @Nullable Position position(String source) {
    return state.source(source).requirement();
  }

  void observe(String source, Position position) {
    change(s -> s.with(source, s.source(source).observed(position, clock), clock));
  }

  void observe(Bookmark bookmark) {
    change(s -> s.observed(bookmark, clock));
  }

  void wrote(String source, long nanoTime) {
    change(s -> s.with(source, s.source(source).wrote(nanoTime), clock));
  }

  void readFrom(String source, PositionSource server, long nanoTime) {
    change(s -> s.with(source, s.source(source).read(server, nanoTime), clock));
  }

  boolean resolveRead(String source, PositionSource server, Position sample, long sentNanos) {
    SessionState after =
        change(
            s -> {
              SourceState before = s.source(source);
              return before.server() == server
                      && sample != Position.unresolved()
                      && sentNanos - before.serverNanos() > 0
                  ? s.with(source, before.resolved(sample, clock), clock)
                  : s;
            });
    return after.source(source).server() != server;
  }

  boolean rebase(String source, Position known, Position sample) {
    boolean[] replaced = new boolean[1];
    change(
        s -> {
          SourceState before = s.source(source);
          replaced[0] = known.equals(before.known()) && !before.pending();
          return replaced[0] ? s.with(source, before.knowing(sample), clock) : s;
        });
    return replaced[0];
  }

  boolean resolve(String source, Position sample, long sampleSentNanos) {
    SessionState after =
        change(
            s -> {
              SourceState before = s.source(source);
              // Strictly later: a commit and a sample stamped within one tick have no known order.
              return before.pending()
                      && sample != Position.unresolved()
                      && sampleSentNanos - before.sinceNanos() > 0
                  ? s.with(source, before.resolved(sample, clock), clock)
                  : s;
            });
    return !after.source(source).pending();
  }

  Bookmark bookmark() {
    return state.bookmark();
  }

  /**
   * Returns the bookmark of everything recorded before the call, with one sample per pending
   * source.
   *
   * <p>What other threads record meanwhile may or may not be in it.
   */
  Bookmark exportBookmark() {
    SessionState before = state;
    Bookmark bookmark = before.bookmark();
    if (bookmark.isEveryUnresolved()) {
      return bookmark;
    }
    Map<String, Position> positions = new HashMap<>();
    for (String source : bookmark.sources()) {
      SourceState exported = before.source(source);
      if (exported.server() != null) {
        exported = serverSampled(source, exported, exported.server());
      }
      if (exported.requirement() == Position.unresolved()) {
        exported = sampled(source, exported);
      }
      Position requirement = exported.requirement();
      if (requirement != null) {
        positions.put(source, requirement);
      }
    }
    return Bookmark.ofAll(positions);
  }

  private SourceState serverSampled(String source, SourceState before, PositionSource server) {
    long sentNanos = clock.nanoTime();
    Position sample = sample(source, server);
    if (sample == null || sample == Position.unresolved()) {
      return before;
    }
    resolveRead(source, server, sample, sentNanos);
    return before.resolved(sample, clock);
  }

  private SourceState sampled(String source, SourceState before) {
    long sentNanos = clock.nanoTime();
    Position sample = sample(source, positionSources.get(source));
    if (sample == null || sample == Position.unresolved()) {
      return before;
    }
    // The sample was sent after `before` was read, so it resolves all of it, whatever the clock
    // says. The shared state may hold more by now and takes the sample by the rule of the clock.
    resolve(source, sample, sentNanos);
    return before.resolved(sample, clock);
  }

  private static @Nullable Position sample(String source, @Nullable PositionSource positionSource) {
    if (positionSource == null) {
      return null;
    }
    try {
      return Objects.requireNonNull(positionSource.sample(), "sample");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.debug("Interrupted while sampling source {}; its bookmark leaves unresolved", source, e);
      return null;
    } catch (Exception e) {
      LOG.debug("No sample of source {}; its bookmark leaves unresolved", source, e);
      return null;
    }
  }

  private SessionState change(UnaryOperator<SessionState> change) {
    while (true) {
      SessionState before = state;
      SessionState after = change.apply(before);
      if (after == before || STATE.compareAndSet(this, before, after)) {
        return after;
      }
    }
  }
}
