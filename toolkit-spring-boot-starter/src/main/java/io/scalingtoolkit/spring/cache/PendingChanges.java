// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.CacheTransaction;
import io.scalingtoolkit.cache.CacheTransaction.Loaded;
import io.scalingtoolkit.cache.Lookup;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a transaction is to change in caches when it has committed; confined to its thread. */
final class PendingChanges {
  private final CacheTransaction changes = CacheTransaction.begin();

  /** Those that were changed, by the caches behind them. */
  private final Map<Object, TieredSpringCache> caches = new HashMap<>();

  private TieredSpringCache noted(TieredSpringCache cache) {
    caches.put(cache.nativeCache(), cache);
    return cache;
  }

  /** Tells whether the cache says nothing of a key that this transaction can rely on. */
  boolean isDirty(TieredSpringCache cache, Object key) {
    return changes.isDirty(cache.nativeCache(), key);
  }

  /** What was loaded in this transaction, not present if nothing was. */
  Loaded<Object> loaded(TieredSpringCache cache, Object key) {
    return changes.loaded(cache.nativeCache(), key);
  }

  void evict(TieredSpringCache cache, Object key) {
    changes.invalidate(noted(cache).nativeCache(), key);
  }

  void put(TieredSpringCache cache, Object key, @Nullable Object value) {
    changes.replace(noted(cache).nativeCache(), key, () -> cache.store(key, value));
  }

  void fill(TieredSpringCache cache, Object key, Lookup<Object> since, @Nullable Object value) {
    changes.keep(noted(cache).nativeCache(), key, value, () -> cache.fill(since, value));
  }

  void evictAll(TieredSpringCache cache) {
    changes.invalidateAll(noted(cache).nativeCache());
  }

  void evictTag(TieredSpringCache cache, String tag) {
    changes.invalidateTag(noted(cache).nativeCache(), tag);
  }

  /** Keeps to evictions: values may be of a part of the transaction that was rolled back. */
  void distrustValues() {
    changes.distrustValues();
  }

  /** Announces what is going to be evicted. */
  void prepare(Duration lifetime) {
    changes.prepare(lifetime);
  }

  /** Makes the changes; what fails keeps none of the others from being made. Never throws. */
  void apply() {
    changes.committed(
        (cache, problem) -> {
          TieredSpringCache changed = caches.get(cache);
          if (changed != null) {
            changed.failedAfterCommit(problem);
          }
        });
  }

  /** Drops the changes. */
  void drop() {
    changes.rolledBack();
  }
}
