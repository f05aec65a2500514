// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.consistency.Bookmark;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A cache: entries in memory, and where they come from; thread-safe. */
final class CacheCore<K, V> implements TieredCache<K, V> {
  private static final Duration LONGEST_INTENT = Duration.ofHours(1);

  private final String name;
  private final Lifetimes lifetimes;
  private final LocalStore<K, V> store;
  private final CoarseTicker ticker;
  private final TagEpochs tags;
  private final boolean tagged;
  private final Counters counters;
  private final Loads<K, V> loads;
  private final Lookups<K, V> lookups;
  private final Misses<K, V> misses;
  private final Requirements<K> required;
  private final @Nullable Far<K, V> far;
  private final @Nullable FarChanges<K, V> changes;
  private final @Nullable Announcer<K> announcer;
  private volatile Runnable unbind = () -> {};

  CacheCore(
      Settings<K, V> settings,
      LocalStore<K, V> store,
      CoarseTicker ticker,
      Counters counters,
      Requirements<K> required,
      @Nullable Far<K, V> far,
      @Nullable Announcer<K> announcer) {
    this.name = settings.name();
    this.lifetimes = settings.lifetimes();
    this.store = store;
    this.ticker = ticker;
    this.tags = new TagEpochs(lifetimes.longestNanos(), ticker);
    this.tagged = settings.tagger() != null;
    this.counters = counters;
    this.required = required;
    this.far = far;
    this.changes = far == null ? null : new FarChanges<>(far);
    this.announcer = announcer;
    this.loads = new Loads<>(settings, store, ticker, tags, counters, required, far);
    this.lookups = new Lookups<>(loads, store, ticker, tags, counters, required, far);
    this.misses = new Misses<>(settings, loads, ticker, counters);
  }

  void bindTo(MeterRegistry registry) {
    unbind = CacheMeters.bind(registry, name, counters, store, far != null);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public @Nullable V getIfPresent(K key) {
    long now = ticker.exact();
    Entry<V> entry = loads.present(Objects.requireNonNull(key, "key"), now);
    if (entry == null || entry.overdueNanos(now) >= 0) {
      counters.misses.increment();
      return null;
    }
    counters.hits.increment();
    return entry.value;
  }

  @Override
  public Lookup<V> lookup(K key) {
    long now = ticker.exact();
    Entry<V> entry = loads.present(Objects.requireNonNull(key, "key"), now);
    if (entry == null || entry.overdueNanos(now) >= 0) {
      counters.misses.increment();
      return lookups.elsewhere(key);
    }
    counters.hits.increment();
    return new Lookups.Found<>(entry.value);
  }

  @Override
  public @Nullable V get(K key, Loader<? super K, ? extends V> loader) {
    Objects.requireNonNull(loader, "loader");
    long now = ticker.exact();
    Entry<V> entry = loads.present(Objects.requireNonNull(key, "key"), now);
    if (entry != null && serves(key, entry, now, loader)) {
      return entry.value;
    }
    counters.misses.increment();
    return misses.load(key, loader, entry);
  }

  @Override
  public CompletableFuture<@Nullable V> getAsync(K key, Loader<? super K, ? extends V> loader) {
    Objects.requireNonNull(loader, "loader");
    long now = ticker.exact();
    Entry<V> entry = loads.present(Objects.requireNonNull(key, "key"), now);
    if (entry != null && serves(key, entry, now, loader)) {
      return CompletableFuture.completedFuture(entry.value);
    }
    counters.misses.increment();
    return misses.loadAsync(key, loader, entry);
  }

  /** Tells whether an entry is good enough; loads it again beside if it is due. */
  private boolean serves(K key, Entry<V> entry, long now, Loader<? super K, ? extends V> loader) {
    if (!entry.isFresh(now)) {
      long overdue = entry.overdueNanos(now);
      if (overdue >= 0 && overdue >= lifetimes.revalidateNanos()) {
        return false;
      }
      if (overdue >= 0) {
        counters.staleHits.increment();
      }
      loads.refresh(key, loader);
    }
    counters.hits.increment();
    return true;
  }

  @Override
  public Map<K, V> getAll(Collection<? extends K> keys, BulkLoader<K, V> loader) {
    Map<K, Optional<V>> found = new LinkedHashMap<>();
    Set<K> asked = distinct(keys);
    Map<K, @Nullable Entry<V>> missing = look(asked, loader, found);
    while (!missing.isEmpty()) {
      misses.loadAll(missing, found, loader);
    }
    return inOrder(asked, found);
  }

  @Override
  public CompletableFuture<Map<K, V>> getAllAsync(
      Collection<? extends K> keys, BulkLoader<K, V> loader) {
    Map<K, Optional<V>> found = new ConcurrentHashMap<>();
    Set<K> asked = distinct(keys);
    Map<K, @Nullable Entry<V>> missing = look(asked, loader, found);
    return misses.loadAllAsync(missing, found, loader).thenApply(done -> inOrder(asked, found));
  }

  private static <K> Set<K> distinct(Collection<? extends K> keys) {
    Set<K> distinct = new LinkedHashSet<>();
    keys.forEach(key -> distinct.add(Objects.requireNonNull(key, "key")));
    return distinct;
  }

  /** Returns what is not there. */
  private Map<K, @Nullable Entry<V>> look(
      Set<K> asked, BulkLoader<K, V> loader, Map<K, Optional<V>> found) {
    Objects.requireNonNull(loader, "loader");
    Map<K, @Nullable Entry<V>> missing = new LinkedHashMap<>();
    Loader<K, V> single = loads.single(loader);
    for (K key : asked) {
      long now = ticker.exact();
      Entry<V> entry = loads.present(key, now);
      if (entry != null && serves(key, entry, now, single)) {
        found.put(key, Optional.ofNullable(entry.value));
      } else {
        counters.misses.increment();
        missing.put(key, entry);
      }
    }
    return missing;
  }

  private static <K, V> Map<K, V> inOrder(Set<K> asked, Map<K, Optional<V>> found) {
    Map<K, V> values = new LinkedHashMap<>();
    for (K key : asked) {
      found.getOrDefault(key, Optional.empty()).ifPresent(value -> values.put(key, value));
    }
    return Collections.unmodifiableMap(values);
  }

  @Override
  public void put(K key, V value) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
    required.note(key, Requirements.captured());
    if (changes == null) {
      loads.put(key, value);
      announce(null, new Invalidation.Key<>(key));
    } else {
      announce(changes.put(key, value), new Invalidation.Key<>(key));
    }
  }

  @Override
  public void invalidate(K key) {
    changed(Objects.requireNonNull(key, "key"), 0);
  }

  /**
   * Forgets what has changed.
   *
   * @param intent that ends with it, 0 for none
   */
  private void changed(K key, long intent) {
    Bookmark written = Requirements.captured();
    if (changes == null) {
      required.note(key, written);
      store.remove(key);
      announce(null, new Invalidation.Key<>(key));
    } else {
      announce(changes.invalidate(key, written, intent), new Invalidation.Key<>(key));
    }
  }

  @Override
  public InvalidationIntent announce(Collection<? extends K> keys, Duration lifetime) {
    if (lifetime.isNegative() || lifetime.isZero() || lifetime.compareTo(LONGEST_INTENT) > 0) {
      throw new IllegalArgumentException(
          "lifetime must be more than 0 and at most " + LONGEST_INTENT + ", was " + lifetime);
    }
    Set<K> distinct = distinct(keys);
    long id = Far.newToken();
    long until = ticker.exact() + lifetime.toNanos();
    long millis = Math.max(1, lifetime.toMillis());
    distinct.forEach(key -> store.bar(key, id, until));
    boolean shared = changes == null || changes.announce(distinct, id, millis);
    return new Intent<>(distinct, id, shared, this::end);
  }

  private void end(K key, long intent, boolean changed) {
    if (changed) {
      changed(key, intent);
    } else if (changes != null) {
      var unused = changes.invalidate(key, Bookmark.empty(), intent);
    }
    store.unbar(key, intent);
  }

  @Override
  public void invalidateAll() {
    Bookmark written = Requirements.captured();
    if (changes == null) {
      required.noteAll(written);
      store.removeAll();
      announce(null, new Invalidation.All<>());
    } else {
      announce(changes.invalidateAll(written), new Invalidation.All<>());
    }
  }

  @Override
  public void invalidateTag(String tag) {
    Objects.requireNonNull(tag, "tag");
    if (!tagged) {
      throw new IllegalStateException("cache " + name + " was built without tags");
    }
    Bookmark written = Requirements.captured();
    required.noteAll(written); // which keys have it is not known before they are loaded
    tags.invalidate(tag);
    if (changes == null) {
      announce(null, new Invalidation.Tag<>(tag));
    } else {
      CompletionStage<?> taken = changes.invalidateTag(tag, written);
      // What began meanwhile may have read what was there before: nobody joins it any more.
      tags.invalidate(tag);
      announce(taken, new Invalidation.Tag<>(tag));
    }
  }

  @Override
  public long size() {
    return store.size();
  }

  /**
   * Tells of an invalidation when the shared tier has taken it.
   *
   * @param taken null if there is no such tier
   */
  private void announce(@Nullable CompletionStage<?> taken, Invalidation<K> what) {
    if (announcer == null) {
      return;
    }
    if (taken == null || changes == null) {
      announcer.tell(what);
      return;
    }
    announcer.tellAfter(
        taken, what, () -> again(changes, what), () -> changes.invalidateAll(Bookmark.empty()));
  }

  private static <K> CompletionStage<?> again(FarChanges<K, ?> changes, Invalidation<K> what) {
    if (what instanceof Invalidation.Key<K> one) {
      return changes.invalidate(one.key(), Bookmark.empty(), 0);
    }
    return what instanceof Invalidation.Tag<K> tagged
        ? changes.invalidateTag(tagged.tag(), Bookmark.empty())
        : changes.invalidateAll(Bookmark.empty());
  }

  @Override
  public CacheStats stats() {
    return counters.stats();
  }

  @Override
  public void close() {
    unbind.run();
    if (far != null) {
      far.close(name);
    }
    if (announcer != null) {
      announcer.close();
    }
    store.close();
  }

  @Override
  public String toString() {
    return "TieredCache[" + name + ", " + store.size() + " entries]";
  }
}
