// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.cache.internal.Mark;
import io.scalingtoolkit.cache.internal.Reading;
import io.scalingtoolkit.core.consistency.Bookmark;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks in the shared tier for those who load outside of the cache; thread-safe. */
final class FarLookups<K, V> {
  private static final Logger LOG = LoggerFactory.getLogger(FarLookups.class);

  private final Far<K, V> far;

  FarLookups(Far<K, V> far) {
    this.far = far;
  }

  /**
   * What a lookup has seen; immutable.
   *
   * @param vacancy null if nothing may be stored there, or nobody was asked
   * @param line null if the tier gave no answer
   * @param mark from before the load, null without tags
   * @param needed what a load must not be older than
   */
  record Seen<V>(
      boolean isFound,
      @Nullable V value,
      Reading.@Nullable Vacant vacancy,
      @Nullable Line line,
      @Nullable Mark mark,
      Bookmark needed) {
    static <V> Seen<V> nothing(@Nullable Line line, Bookmark needed) {
      return new Seen<>(false, null, null, line, null, needed);
    }
  }

  /** Looks for a key that is not in memory, and keeps a copy of what it finds. */
  Seen<V> look(K key, long startNanos, Watch watch, Far.Maker<V> maker) {
    String name = far.keys.encode(key);
    Line line = far.space.line(name, startNanos);
    if (line == null) {
      return Seen.nothing(null, far.needed(key, "", null));
    }
    try {
      Reading there = far.answer(far.space.get(name, () -> {}));
      if (there instanceof Reading.Present present) {
        Far.Value<V> found = far.decode(name, present);
        if (found != null) {
          keep(key, startNanos, watch, maker.entry(found.value()), present);
          return new Seen<>(true, found.value(), null, line, null, Bookmark.empty());
        }
      }
      CompletionStage<@Nullable Mark> asked = far.mark();
      Reading probed = far.answer(far.space.probe(name, Far.outdated(there)));
      if (probed instanceof Reading.Vacant vacant) {
        Mark mark = far.answer(asked);
        Bookmark needed = far.needed(key, vacant.positions(), mark);
        return new Seen<>(false, null, vacant, line, mark, needed);
      }
      return Seen.nothing(line, Bookmark.empty()); // what is loaded is not kept
    } catch (Far.Unanswered e) {
      LOG.debug("Looking for {} without the shared tier", name, e);
      return Seen.nothing(null, far.needed(key, "", null));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Seen.nothing(line, Bookmark.empty());
    }
  }

  private void keep(
      K key, long startNanos, Watch watch, @Nullable Entry<V> entry, Reading.Present present) {
    if (entry != null) {
      Entry.Stamp stamp = new Entry.Stamp(present.token(), present.line());
      long latest = startNanos + far.liveNanos - present.ageNanos();
      far.store.fill(key, watch, entry.copyOf(stamp, latest));
    }
    far.counters.remoteHits.increment();
  }

  /**
   * Stores what was loaded since a lookup. There is no copy of it in memory before it is read from
   * the tier, which then tells of changes.
   *
   * @return whether nothing spoke against it
   */
  boolean fill(K key, Seen<V> seen, Watch watch, Entry<V> entry, long startNanos) {
    Entry<V> alone = far.alone(entry, startNanos);
    if (seen.line() == null) {
      return far.store.fill(key, watch, alone);
    }
    String name = far.keys.encode(key);
    if (seen.vacancy() == null
        || watch.isPoisoned()
        || far.space.line(name, far.remote.clock().nanoTime()) != seen.line()) {
      return false;
    }
    V value = entry.value;
    byte[] bytes = far.encoded(name, value);
    if (bytes == null && value != null) {
      return far.store.fill(key, watch, alone);
    }
    try {
      return far.answer(
          far.space.fill(
              name,
              Far.newToken(),
              seen.vacancy(),
              bytes,
              far.liveMillis(value),
              Far.tags(entry),
              seen.mark()));
    } catch (Far.Unanswered e) {
      LOG.debug("{} was loaded and the shared tier does not answer", name, e);
      return far.store.fill(key, watch, alone);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
