// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A cache whose values are loaded once per key and whose invalidations hold.
 *
 * <pre>{@code
 * TieredCache<Long, Profile> profiles =
 *     TieredCache.<Long, Profile>builder("profiles").maximumSize(100_000).build();
 * Profile profile = profiles.get(id, repository::find);
 * }</pre>
 *
 * <p>When {@link #invalidate} returns, no later call of this process gets a value that was loaded
 * before, also not from a load that had begun before and ends afterwards. Threads that ask for the
 * same key share one load. Nothing is locked while a loader runs.
 *
 * <p>Values are handed out by reference: change them and everybody sees it. Thread-safe.
 *
 * @param <K> keys, with {@code equals} and {@code hashCode}
 * @param <V> values, never null; a loader says with null that there is none
 */
public interface TieredCache<K, V> extends AutoCloseable {

  /**
   * Begins to build a cache.
   *
   * @param name 1 to 64 letters, digits, dots, hyphens or underscores; names metrics
   * @throws IllegalArgumentException if the name is not as it must be
   */
  static <K, V> TieredCacheBuilder<K, V> builder(String name) {
    return new TieredCacheBuilder<>(name);
  }

  /** Returns the name it was built with. */
  String name();

  /** Returns the value if it is there and within its lifetime, and loads nothing. */
  @Nullable V getIfPresent(K key);

  /**
   * Looks a key up, in memory and then in the tier that processes share, for callers that load in
   * their own way and then {@linkplain Lookup#fill give} what they loaded. Where a loader can be
   * given, {@link #get} is better: it loads once for all who ask. Values past their lifetime do not
   * count.
   */
  Lookup<V> lookup(K key);

  /**
   * Returns the value, loading it if need be.
   *
   * @return null if the loader says that there is none
   * @throws CacheLoadException if the loader throws a checked exception or takes too long, or if
   *     the thread is interrupted while it waits for a load, which leaves it interrupted
   * @throws IllegalStateException if the loader asks for a key whose load waits for this one
   */
  @Nullable V get(K key, Loader<? super K, ? extends V> loader);

  /**
   * Returns the values, loading those that are not there in one call.
   *
   * @param keys in any number; what is asked for twice is loaded once
   * @return the values by key, without those that do not exist; unmodifiable, in the order asked
   * @throws CacheLoadException as {@link #get}
   * @throws IllegalStateException as {@link #get}
   */
  Map<K, V> getAll(Collection<? extends K> keys, BulkLoader<K, V> loader);

  /**
   * As {@link #get}, on the cache's executor where something has to be loaded. Cancelling the
   * result does not stop the load.
   */
  CompletableFuture<@Nullable V> getAsync(K key, Loader<? super K, ? extends V> loader);

  /** As {@link #getAll}, on the cache's executor where something has to be loaded. */
  CompletableFuture<Map<K, V>> getAllAsync(Collection<? extends K> keys, BulkLoader<K, V> loader);

  /**
   * Sets a value. Of several writers of one key that put what they wrote, the last to put wins,
   * which need not be the last to commit: they had better invalidate.
   */
  void put(K key, V value);

  /**
   * Forgets a value, also one that is being loaded.
   *
   * <p>In a {@link io.scalingtoolkit.core.consistency.ConsistencyScope} that has written, later
   * loads run in a scope that has seen that, and so are not answered by a replica without it.
   */
  void invalidate(K key);

  /**
   * Forgets values that are about to change, and keeps none of them until the intent ends: loads
   * meanwhile, by any process, are not kept. To be called before the commit, so that nothing old is
   * cached even if this process dies between the commit and the invalidation.
   *
   * <p>It does not lock: several may announce the same key, and the last of them to end lets it be
   * cached again.
   *
   * @param lifetime after which it ends by itself, longer than the transaction can take from here;
   *     more than 0, at most an hour
   * @return to be confirmed after the commit, or cancelled after a rollback
   * @throws IllegalArgumentException if the lifetime is not as it must be
   */
  InvalidationIntent announce(Collection<? extends K> keys, Duration lifetime);

  /** Forgets values, as {@link #invalidate(Object)} does. */
  default void invalidateAll(Collection<? extends K> keys) {
    keys.forEach(this::invalidate);
  }

  /** Forgets all values, also those that are being loaded. */
  void invalidateAll();

  /**
   * Forgets all values with a tag, also those that are being loaded.
   *
   * @throws IllegalStateException if the cache was built without tags
   */
  void invalidateTag(String tag);

  /** Returns how many entries there are in memory; walks through none of them. */
  long size();

  /** Returns what it has done so far. */
  CacheStats stats();

  /**
   * Forgets everything. It can still be used, and then always loads. Loads under way end by
   * themselves.
   */
  @Override
  void close();
}
