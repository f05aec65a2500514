// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What one database transaction changes in caches: made when it has committed, dropped if it is
 * rolled back.
 *
 * <pre>{@code
 * try (CacheTransaction changes = CacheTransaction.begin()) {
 *   repository.rename(connection, id, name);
 *   changes.invalidate(profiles, id);
 *   connection.commit();
 *   changes.committed();
 * }
 * }</pre>
 *
 * <p>Until then others use the caches as before, and {@link #get} goes past the cache for what this
 * transaction has changed. With {@link #prepare} before the commit nothing old stays cached even if
 * the process dies before it could tell. Confined to the thread of the transaction.
 */
public final class CacheTransaction implements AutoCloseable {
  private final Map<TieredCache<?, ?>, OfCache<?>> caches = new LinkedHashMap<>();
  private boolean ended;

  private CacheTransaction() {}

  /** Begins one, to be ended by {@link #committed} or {@link #rolledBack}. */
  public static CacheTransaction begin() {
    return new CacheTransaction();
  }

  /** One change of a key; immutable. */
  private sealed interface Change {
    record Invalidate() implements Change {}

    record Replace(Runnable action) implements Change {}

    record Keep(@Nullable Object value, Runnable action) implements Change {}
  }

  /** The changes of one cache, of which all entries end first and tags last; confined. */
  private static final class OfCache<K> {
    final TieredCache<K, ?> cache;
    final Map<K, Change> keys = new HashMap<>();
    final Set<String> tags = new LinkedHashSet<>();
    boolean all;

    /** Keys that were announced, and with what. */
    final Set<K> announced = new LinkedHashSet<>();

    @Nullable InvalidationIntent intent;

    OfCache(TieredCache<K, ?> cache) {
      this.cache = cache;
    }

    boolean isDirty(Object key) {
      Change change = keys.get(key);
      return all
          || !tags.isEmpty() // which tags its value has is not known
          || (change != null && !(change instanceof Change.Keep));
    }

    void prepare(Duration lifetime) {
      keys.forEach(
          (key, change) -> {
            if (!(change instanceof Change.Keep)) {
              announced.add(key);
            }
          });
      if (!announced.isEmpty()) {
        intent = cache.announce(announced, lifetime);
      }
    }

    void distrust() {
      keys.values().removeIf(change -> change instanceof Change.Keep);
      keys.replaceAll((key, change) -> new Change.Invalidate());
    }

    void make(BiConsumer<? super TieredCache<?, ?>, RuntimeException> failed) {
      if (intent != null) {
        attempt(intent::confirm, failed);
      }
      if (all) {
        attempt(cache::invalidateAll, failed);
      }
      keys.forEach((key, change) -> attempt(() -> make(key, change), failed));
      tags.forEach(tag -> attempt(() -> cache.invalidateTag(tag), failed));
    }

    private void make(K key, Change change) {
      if (change instanceof Change.Replace replace) {
        replace.action().run();
      } else if (change instanceof Change.Keep keep) {
        keep.action().run();
      } else if (!announced.contains(key)) {
        cache.invalidate(key);
      }
    }

    private void attempt(
        Runnable change, BiConsumer<? super TieredCache<?, ?>, RuntimeException> failed) {
      try {
        change.run();
      } catch (RuntimeException e) {
        failed.accept(cache, e);
      }
    }
  }

  @SuppressWarnings("unchecked") // what is put under a cache is of its keys
  private <K> OfCache<K> of(TieredCache<K, ?> cache) {
    if (ended) {
      throw new IllegalStateException("the transaction has ended, and so have its changes");
    }
    return (OfCache<K>) caches.computeIfAbsent(cache, same -> new OfCache<>(cache));
  }

  /**
   * Forgets a value when the transaction has committed.
   *
   * @throws IllegalStateException if it has ended, as all that changes something
   */
  public <K> void invalidate(TieredCache<K, ?> cache, K key) {
    of(cache).keys.put(key, new Change.Invalidate());
  }

  /** Sets a value when the transaction has committed. */
  public <K, V> void put(TieredCache<K, V> cache, K key, V value) {
    replace(cache, key, () -> cache.put(key, value));
  }

  /** Forgets all values when the transaction has committed. */
  public void invalidateAll(TieredCache<?, ?> cache) {
    OfCache<?> changes = of(cache);
    changes.keys.clear();
    changes.all = true;
  }

  /** Forgets all values with a tag when the transaction has committed. */
  public void invalidateTag(TieredCache<?, ?> cache, String tag) {
    OfCache<?> changes = of(cache);
    changes.keys.values().removeIf(change -> change instanceof Change.Keep);
    changes.tags.add(tag);
  }

  /**
   * Returns a value as this transaction is to see it: past the cache if it has changed it, and else
   * from the cache. What it loads is kept when it has committed.
   *
   * @throws CacheLoadException if the loader throws a checked exception
   */
  public <K, V> @Nullable V get(
      TieredCache<K, V> cache, K key, Loader<? super K, ? extends V> loader) {
    if (isDirty(cache, key)) {
      return load(key, loader);
    }
    Loaded<V> own = loaded(cache, key);
    if (own.isPresent()) {
      return own.value();
    }
    Lookup<V> found = cache.lookup(key);
    if (found.isPresent()) {
      return found.value();
    }
    V value = load(key, loader);
    keep(
        cache,
        key,
        value,
        () -> {
          var unused = found.fill(value);
        });
    return value;
  }

  private static <K, V> @Nullable V load(K key, Loader<? super K, ? extends V> loader) {
    try {
      return loader.load(key);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new CacheLoadException("the loader failed for key " + key, e);
    }
  }

  /** Tells whether the cache says nothing of a key that this transaction can rely on. */
  public boolean isDirty(TieredCache<?, ?> cache, Object key) {
    OfCache<?> changes = caches.get(cache);
    return changes != null && changes.isDirty(key);
  }

  /** For adapters: does something with a key after the commit, until when the key is dirty. */
  public <K> void replace(TieredCache<K, ?> cache, K key, Runnable action) {
    of(cache).keys.put(key, new Change.Replace(action));
  }

  /**
   * For adapters: keeps what this transaction has loaded, once it has committed.
   *
   * @param action that keeps it; not run if the value cannot be trusted by then
   */
  public <K> void keep(TieredCache<K, ?> cache, K key, @Nullable Object value, Runnable action) {
    if (!isDirty(cache, key)) {
      of(cache).keys.put(key, new Change.Keep(value, action));
    }
  }

  /** For adapters: returns what this transaction has loaded and not changed. */
  @SuppressWarnings("unchecked") // what was loaded for a cache is of its values
  public <K, V> Loaded<V> loaded(TieredCache<K, V> cache, K key) {
    OfCache<?> changes = caches.get(cache);
    return changes != null && changes.keys.get(key) instanceof Change.Keep keep
        ? new Loaded<>(true, (V) keep.value())
        : new Loaded<>(false, null);
  }

  /**
   * What a transaction has loaded; immutable.
   *
   * @param isPresent false if nothing
   * @param value null if there is none
   */
  public record Loaded<V>(boolean isPresent, @Nullable V value) {}

  /**
   * Keeps to invalidations: values may be of a part of the transaction that was rolled back to a
   * savepoint, or of one whose end is not known.
   */
  public void distrustValues() {
    caches.values().forEach(OfCache::distrust);
  }

  /**
   * Announces what will be invalidated, to be called right before the commit; see {@link
   * TieredCache#announce}. Tags and whole caches are not announced.
   *
   * @param lifetime longer than a commit can take
   * @throws IllegalStateException if it was called before
   */
  public void prepare(Duration lifetime) {
    if (caches.values().stream().anyMatch(changes -> changes.intent != null)) {
      throw new IllegalStateException("prepare must be called once");
    }
    caches.values().forEach(changes -> changes.prepare(lifetime));
  }

  /**
   * The transaction has committed: makes its changes. What fails keeps none of the others from
   * being made.
   *
   * @throws RuntimeException the first that failed, with the others in it
   */
  public void committed() {
    RuntimeException[] first = new RuntimeException[1];
    committed(
        (cache, problem) -> {
          if (first[0] == null) {
            first[0] = problem;
          } else {
            first[0].addSuppressed(problem);
          }
        });
    if (first[0] != null) {
      throw first[0];
    }
  }

  /**
   * As {@link #committed()}, and throws nothing.
   *
   * @param failed told of each change that failed
   */
  public void committed(BiConsumer<? super TieredCache<?, ?>, RuntimeException> failed) {
    if (!ended) {
      ended = true;
      caches.values().forEach(changes -> changes.make(failed));
    }
  }

  /** The transaction was rolled back: nothing is changed. */
  public void rolledBack() {
    if (!ended) {
      ended = true;
      caches
          .values()
          .forEach(
              changes -> {
                if (changes.intent != null) {
                  changes.intent.cancel();
                }
              });
    }
  }

  /** As {@link #rolledBack}, unless it has ended. */
  @Override
  public void close() {
    rolledBack();
  }
}
