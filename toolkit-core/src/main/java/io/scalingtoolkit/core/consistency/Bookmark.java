// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a caller has written and seen: for each data source, the position it must not fall behind.
 *
 * <p>Bookmarks merge like their positions: commutative, associative and idempotent. So they may
 * arrive twice, late and in any order. A bookmark holds at most {@value #MAX_SOURCES} sources; a
 * merge past that bound gives {@link #unresolved()}, which asks more and never less.
 *
 * <p>When to use: to hand causality over between processes, or to attach it to a message or a cache
 * entry. Inside a process, {@link ConsistencyScope} keeps track. Immutable.
 */
public final class Bookmark {
  /** The largest number of sources in one bookmark. */
  public static final int MAX_SOURCES = 256;

  // Invariants: at most MAX_SOURCES entries; no entries when everyUnresolved. The maps with too
  // many entries are closed upwards under merge, and everyUnresolved is the one element they
  // collapse to, so the laws survive the bound. That is also why everyUnresolved keeps no entries
  // beside it: exceptions from the top element would make the outcome depend on the order.
  private static final Bookmark EMPTY = new Bookmark(new TreeMap<>(), false);
  private static final Bookmark UNRESOLVED = new Bookmark(new TreeMap<>(), true);

  private final SortedMap<String, Position> positions;
  private final boolean everyUnresolved;

  private Bookmark(SortedMap<String, Position> positions, boolean everyUnresolved) {
    this.positions = positions;
    this.everyUnresolved = everyUnresolved;
  }

  /** Returns the bookmark that asks nothing. */
  public static Bookmark empty() {
    return EMPTY;
  }

  /**
   * Returns the bookmark that is unresolved for every source, named or not.
   *
   * <p>It is what remains of a bookmark too large to carry: its holder reads from the primaries
   * until it is given a fresh bookmark in place of this one.
   */
  public static Bookmark unresolved() {
    return UNRESOLVED;
  }

  /**
   * Returns the bookmark with one source.
   *
   * @throws IllegalArgumentException if {@code source} is not 1 to 64 characters of letters,
   *     digits, dot, dash and underscore
   */
  public static Bookmark of(String source, Position position) {
    return EMPTY.with(source, position);
  }

  /** Returns the bookmark of these entries; the names are checked already, the map is copied. */
  static Bookmark ofAll(Map<String, Position> positions) {
    if (positions.isEmpty()) {
      return EMPTY;
    }
    return positions.size() > MAX_SOURCES
        ? UNRESOLVED
        : new Bookmark(new TreeMap<>(positions), false);
  }

  /**
   * Returns this bookmark with {@code position} merged into what it holds for {@code source}.
   *
   * @throws IllegalArgumentException if {@code source} breaks the rule of {@link #of}
   */
  public Bookmark with(String source, Position position) {
    SourceName.check(source);
    Objects.requireNonNull(position, "position");
    TreeMap<String, Position> single = new TreeMap<>();
    single.put(source, position);
    return merge(new Bookmark(single, false));
  }

  /** Returns the least bookmark that covers both. */
  public Bookmark merge(Bookmark other) {
    if (everyUnresolved || other.isEmpty()) {
      return this;
    }
    if (other.everyUnresolved || positions.isEmpty()) {
      return other;
    }
    TreeMap<String, Position> union = new TreeMap<>(positions);
    other.positions.forEach((source, position) -> union.merge(source, position, Position::merge));
    return ofAll(union);
  }

  /** Tells whether this bookmark asks at least what {@code other} asks, source by source. */
  public boolean covers(Bookmark other) {
    if (everyUnresolved) {
      return true;
    }
    if (other.everyUnresolved) {
      return false;
    }
    return other.positions.entrySet().stream()
        .allMatch(
            entry -> {
              Position own = positions.get(entry.getKey());
              return own != null && own.covers(entry.getValue());
            });
  }

  /**
   * Returns the position that a server of {@code source} must cover to serve this caller, or null
   * if every server may.
   */
  public @Nullable Position position(String source) {
    return everyUnresolved ? Position.unresolved() : positions.get(source);
  }

  /**
   * Returns the names of the sources, ascending and unmodifiable; none if every one is unresolved.
   */
  public Set<String> sources() {
    return Collections.unmodifiableSet(positions.keySet());
  }

  /** Tells whether this bookmark asks nothing. */
  public boolean isEmpty() {
    return positions.isEmpty() && !everyUnresolved;
  }

  /** Tells whether this is {@link #unresolved()}. */
  public boolean isEveryUnresolved() {
    return everyUnresolved;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bookmark that
        && that.everyUnresolved == everyUnresolved
        && that.positions.equals(positions);
  }

  @Override
  public int hashCode() {
    return everyUnresolved ? 1 : positions.hashCode();
  }

  @Override
  public String toString() {
    return everyUnresolved ? "Bookmark[every source unresolved]" : "Bookmark" + positions;
  }
}
