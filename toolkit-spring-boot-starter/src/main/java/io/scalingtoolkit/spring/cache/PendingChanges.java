// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.Lookup;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a transaction is to change in caches when it has committed; confined to its thread. */
final class PendingChanges {
  private final Map<TieredSpringCache, OfCache> caches = new LinkedHashMap<>();

  /** One change of a key; immutable. */
  private sealed interface Change {
    record Evict() implements Change {}

    record Put(@Nullable Object value) implements Change {}

    /** What was loaded since a lookup. */
    record Fill(Lookup<Object> since, @Nullable Object value) implements Change {}
  }

  /** The changes of one cache, of which all entries end first and tags last. */
  private static final class OfCache {
    final Map<Object, Change> keys = new HashMap<>();
    final Set<String> tags = new LinkedHashSet<>();
    boolean all;
  }

  private OfCache of(TieredSpringCache cache) {
    return caches.computeIfAbsent(cache, same -> new OfCache());
  }

  /** Tells whether the cache says nothing of a key that this transaction can rely on. */
  boolean isDirty(TieredSpringCache cache, Object key) {
    OfCache changes = caches.get(cache);
    if (changes == null) {
      return false;
    }
    Change change = changes.keys.get(key);
    return changes.all
        || !changes.tags.isEmpty() // which tags its value has is not known
        || (change != null && !(change instanceof Change.Fill));
  }

  /** What was loaded in this transaction, not present if nothing was. */
  Loaded loaded(TieredSpringCache cache, Object key) {
    OfCache changes = caches.get(cache);
    return changes != null && changes.keys.get(key) instanceof Change.Fill fill
        ? new Loaded(true, fill.value())
        : Loaded.NOTHING;
  }

  /** Immutable. */
  record Loaded(boolean isPresent, @Nullable Object value) {
    static final Loaded NOTHING = new Loaded(false, null);
  }

  void evict(TieredSpringCache cache, Object key) {
    of(cache).keys.put(key, new Change.Evict());
  }

  void put(TieredSpringCache cache, Object key, @Nullable Object value) {
    of(cache).keys.put(key, new Change.Put(value));
  }

  void fill(TieredSpringCache cache, Object key, Lookup<Object> since, @Nullable Object value) {
    if (!isDirty(cache, key)) {
      of(cache).keys.put(key, new Change.Fill(since, value));
    }
  }

  void evictAll(TieredSpringCache cache) {
    OfCache changes = of(cache);
    changes.keys.clear();
    changes.all = true;
  }

  void evictTag(TieredSpringCache cache, String tag) {
    OfCache changes = of(cache);
    changes.keys.values().removeIf(change -> change instanceof Change.Fill);
    changes.tags.add(tag);
  }

  /** Keeps to evictions: values may be of a part of the transaction that was rolled back. */
  void distrustValues() {
    caches
        .values()
        .forEach(
            changes -> {
              changes.keys.values().removeIf(change -> change instanceof Change.Fill);
              changes.keys.replaceAll((key, change) -> new Change.Evict());
            });
  }

  /** Makes the changes; what fails keeps none of the others from being made. Never throws. */
  void apply() {
    caches.forEach(
        (cache, changes) -> {
          if (changes.all) {
            cache.afterCommit(cache.nativeCache()::invalidateAll);
          }
          changes.keys.forEach((key, change) -> cache.afterCommit(() -> apply(cache, key, change)));
          changes.tags.forEach(
              tag -> cache.afterCommit(() -> cache.nativeCache().invalidateTag(tag)));
        });
  }

  private static void apply(TieredSpringCache cache, Object key, Change change) {
    if (change instanceof Change.Put put) {
      cache.store(key, put.value());
    } else if (change instanceof Change.Fill fill) {
      cache.fill(fill.since(), fill.value());
    } else {
      cache.nativeCache().invalidate(key);
    }
  }
}
