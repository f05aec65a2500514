// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.scalingtoolkit.cache.internal.Positions;
import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What loads must not be older than: the positions in databases that callers had written or seen
 * when they invalidated; thread-safe.
 *
 * <p>Those of the keys invalidated last are kept apart, so that a load of one key does not ask for
 * a change of another. What there is no room for is merged into one requirement of all keys.
 * Everything is forgotten some time after its invalidation: then replicas have it, or are so far
 * behind that nobody should read from them.
 */
final class Requirements<K> {
  private static final String SEPARATOR = ",";
  private static final int MOST_KEYS = 10_000;
  private static final int MOST_CHARS = 512;

  private final MonotonicClock clock;
  private final long lastsNanos;
  private final BooleanSupplier pinned;
  private final BookmarkCodec codec;

  // All guarded by this; oldest first.
  private final Map<K, Noted> keys = new LinkedHashMap<>();
  private Bookmark ofAll = Bookmark.empty();
  private Bookmark ofAllBefore = Bookmark.empty();
  private long rotatedNanos;

  /** Whether there was ever anything to note, so that others need no lock. */
  private volatile boolean used;

  /** Immutable. */
  private record Noted(Bookmark bookmark, long atNanos) {}

  /**
   * @param pinned whether reads of the calling thread go to one server whatever its session asks
   */
  Requirements(MonotonicClock clock, long lastsNanos, BooleanSupplier pinned) {
    this.clock = clock;
    this.pinned = pinned;
    this.lastsNanos = lastsNanos;
    this.rotatedNanos = clock.nanoTime();
    this.codec = BookmarkCodec.builder().discoveredTypes().maxChars(MOST_CHARS).build();
  }

  /** Returns what the caller has written and seen; asks a primary if that is not known yet. */
  static Bookmark captured() {
    ConsistencyScope scope = ConsistencyScope.current();
    return scope == null ? Bookmark.empty() : scope.exportBookmark();
  }

  /** Notes what later loads of a key must not be older than, before what is there is forgotten. */
  void note(K key, Bookmark bookmark) {
    if (bookmark.isEmpty()) {
      return;
    }
    synchronized (this) {
      used = true;
      long now = clock.nanoTime();
      Noted before = keys.remove(key);
      keys.put(key, new Noted(before == null ? bookmark : bookmark.merge(before.bookmark()), now));
      makeRoom(now);
    }
  }

  private void makeRoom(long now) {
    Iterator<Noted> oldest = keys.values().iterator();
    while (oldest.hasNext()) {
      Noted noted = oldest.next();
      if (now - noted.atNanos() >= lastsNanos) {
        oldest.remove();
      } else if (keys.size() > MOST_KEYS) {
        oldest.remove();
        mergeIntoAll(noted.bookmark(), now);
      } else {
        return;
      }
    }
  }

  /** Notes what later loads of any key must not be older than. */
  void noteAll(Bookmark bookmark) {
    if (bookmark.isEmpty()) {
      return;
    }
    synchronized (this) {
      used = true;
      mergeIntoAll(bookmark, clock.nanoTime());
    }
  }

  private void mergeIntoAll(Bookmark bookmark, long now) {
    rotate(now);
    ofAll = ofAll.merge(bookmark);
  }

  private void rotate(long now) {
    long age = now - rotatedNanos;
    if (age >= lastsNanos) {
      ofAllBefore = age >= 2 * lastsNanos ? Bookmark.empty() : ofAll;
      ofAll = Bookmark.empty();
      rotatedNanos = now;
    }
  }

  /** Returns what a load of a key must not be older than, to be asked for when it has begun. */
  Bookmark of(K key) {
    if (!used) {
      return Bookmark.empty();
    }
    synchronized (this) {
      long now = clock.nanoTime();
      rotate(now);
      Bookmark all = ofAll.merge(ofAllBefore);
      Noted noted = keys.get(key);
      return noted == null || now - noted.atNanos() >= lastsNanos
          ? all
          : all.merge(noted.bookmark());
    }
  }

  /** Returns what other processes read it from, empty for nothing. */
  String text(Bookmark bookmark) {
    return bookmark.isEmpty() ? "" : codec.encode(bookmark);
  }

  /** Reads texts with commas between them. What cannot be read asks for primaries. */
  Bookmark read(String texts) {
    Bookmark all = Bookmark.empty();
    if (texts.isEmpty()) {
      return all;
    }
    for (String text : texts.split(SEPARATOR, -1)) {
      all =
          all.merge(
              text.equals(Positions.TOO_MANY) || !codec.decode(text).isAccepted()
                  ? Bookmark.unresolved()
                  : codec.decode(text).bookmark());
    }
    return all;
  }

  /** Tells whether a load in the calling thread is as new as is required. */
  boolean isMet(Bookmark required) {
    return required.isEmpty() || !pinned.getAsBoolean();
  }

  /**
   * Has the session of the caller ask for it, for a load that he makes himself.
   *
   * @return false if something is required and there is no session that could see to it
   */
  boolean observed(Bookmark required) {
    if (required.isEmpty()) {
      return true;
    }
    if (!isMet(required)) {
      return false;
    }
    ConsistencyScope scope = ConsistencyScope.current();
    if (scope != null) {
      scope.observe(required);
    }
    return scope != null;
  }

  /** Runs a load in a session that has seen what is required, within that of the caller if any. */
  @SuppressWarnings("try") // opened for what happens inside it
  static <T extends @Nullable Object> T within(Bookmark required, Callable<T> load)
      throws Exception {
    if (required.isEmpty()) {
      return load.call();
    }
    try (ConsistencyScope scope = ConsistencyScope.open(required)) {
      return load.call();
    }
  }
}
