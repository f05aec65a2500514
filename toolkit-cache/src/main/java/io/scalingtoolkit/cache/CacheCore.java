// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.cache.Flight.Landing;
import io.scalingtoolkit.cache.Loads.Begun;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The cache of one process; thread-safe. */
final class CacheCore<K, V> implements TieredCache<K, V> {
  private final Settings<K, V> settings;
  private final Lifetimes lifetimes;
  private final LocalStore<K, V> store;
  private final CoarseTicker ticker;
  private final TagEpochs tags;
  private final Counters counters;
  private final Loads<K, V> loads;
  private final @Nullable Far<K, V> far;

  CacheCore(
      Settings<K, V> settings,
      LocalStore<K, V> store,
      CoarseTicker ticker,
      Counters counters,
      @Nullable Far<K, V> far) {
    this.counters = counters;
    this.far = far;
    this.settings = settings;
    this.lifetimes = settings.lifetimes();
    this.store = store;
    this.ticker = ticker;
    this.tags = new TagEpochs(lifetimes.longestNanos(), ticker);
    this.loads = new Loads<>(settings, store, ticker, tags, counters, far);
  }

  void bindTo(MeterRegistry registry) {
    CacheMeters.bind(registry, settings.name(), counters, store);
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public @Nullable V getIfPresent(K key) {
    Entry<V> entry = present(Objects.requireNonNull(key, "key"));
    if (entry == null || entry.overdueNanos(ticker.exact()) >= 0) {
      counters.misses.increment();
      return null;
    }
    counters.hits.increment();
    return entry.value;
  }

  @Override
  public @Nullable V get(K key, Loader<? super K, ? extends V> loader) {
    Objects.requireNonNull(loader, "loader");
    Entry<V> entry = present(Objects.requireNonNull(key, "key"));
    if (entry != null && serves(key, entry, loader)) {
      return entry.value;
    }
    counters.misses.increment();
    return load(key, loader, entry);
  }

  @Override
  public CompletableFuture<@Nullable V> getAsync(K key, Loader<? super K, ? extends V> loader) {
    Objects.requireNonNull(loader, "loader");
    Entry<V> entry = present(Objects.requireNonNull(key, "key"));
    if (entry != null && serves(key, entry, loader)) {
      return CompletableFuture.completedFuture(entry.value);
    }
    counters.misses.increment();
    return loadAsync(key, loader, entry);
  }

  /** The entry of a key, whatever its age, if nothing is known to speak against it. */
  private @Nullable Entry<V> present(K key) {
    Entry<V> entry = store.get(key);
    if (entry == null
        || (entry.tags != null && !tags.isCurrent(entry.tags))
        || (far != null && !far.trusts(entry, ticker.exact()))) {
      return null;
    }
    return entry;
  }

  /** Tells whether an entry is good enough; loads it again beside if it is due. */
  private boolean serves(K key, Entry<V> entry, Loader<? super K, ? extends V> loader) {
    long now = ticker.exact();
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

  /**
   * Waits for a load of its own or of somebody else.
   *
   * @param stale what was there, perhaps too old for all but errors
   */
  private @Nullable V load(K key, Loader<? super K, ? extends V> loader, @Nullable Entry<V> stale) {
    while (true) {
      if (bridges(stale) && loads.hasFailed(key)) {
        return afterFailure(key, stale, null);
      }
      Begun<V> begun = loads.begin(key);
      Landing<V> landing = begun.mine() ? fly(key, begun.flight(), loader, stale) : null;
      if (landing == null) {
        landing = await(begun.flight(), stale);
      }
      if (landing instanceof Landing.Loaded<V> loaded) {
        return loaded.value();
      }
      if (!(landing instanceof Landing.Abandoned<V> abandoned)) {
        return afterFailure(key, stale, landing);
      }
      if (begun.mine()) {
        throw unchecked(key, abandoned.problem());
      }
    }
  }

  /** Loads in the caller's thread, or returns null if it is done elsewhere. */
  private @Nullable Landing<V> fly(
      K key, Flight<V> flight, Loader<? super K, ? extends V> loader, @Nullable Entry<V> stale) {
    Landing<V> there = there(key, flight, stale);
    if (there != null || !settings.hasTimeouts()) {
      return there == null ? loads.run(key, flight, loader) : there;
    }
    execute(key, flight, () -> loads.run(key, flight, loader));
    return null;
  }

  /** Ends a flight if somebody else's load came between the look and the flight. */
  private @Nullable Landing<V> there(K key, Flight<V> flight, @Nullable Entry<V> stale) {
    Entry<V> entry = present(key);
    if (entry == null || entry == stale || !entry.isFresh(ticker.exact())) {
      return null;
    }
    Landing<V> landing = new Landing.Loaded<>(entry.value);
    loads.land(key, flight, landing);
    return landing;
  }

  private void execute(K key, Flight<V> flight, Runnable task) {
    try {
      settings.executor().execute(task);
    } catch (RejectedExecutionException e) {
      loads.land(key, flight, new Landing.Failed<>(e));
    }
  }

  /** Tells whether a stale value may stand in where there is no other. */
  private boolean bridges(@Nullable Entry<V> stale) {
    return stale != null && stale.overdueNanos(ticker.exact()) < lifetimes.errorNanos();
  }

  private long patience(@Nullable Entry<V> stale) {
    return bridges(stale)
        ? Math.min(settings.softNanos(), settings.hardNanos())
        : settings.hardNanos();
  }

  /** Waits as long as there is to wait; null if it takes longer. */
  private @Nullable Landing<V> await(Flight<V> flight, @Nullable Entry<V> stale) {
    try {
      return flight.await(patience(stale));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheLoadException("interrupted while waiting for key " + flight.key, e);
    }
  }

  /**
   * Returns the stale value or throws.
   *
   * @param landing null if there is none yet
   */
  private @Nullable V afterFailure(K key, @Nullable Entry<V> stale, @Nullable Landing<V> landing) {
    // It may have been invalidated meanwhile, and is not to be handed out then.
    if (stale != null && bridges(stale) && present(key) == stale) {
      if (landing != null) {
        loads.failed(key);
      }
      counters.staleHits.increment();
      return stale.value;
    }
    if (landing instanceof Landing.Failed<V> failed) {
      throw unchecked(key, failed.problem());
    }
    throw new CacheLoadException("key %s was not loaded in time".formatted(key), null);
  }

  private static RuntimeException unchecked(Object key, Throwable problem) {
    if (problem instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    if (problem instanceof Error error) {
      throw error;
    }
    return problem instanceof RuntimeException unchecked
        ? unchecked
        : new CacheLoadException("the loader failed for key " + key, problem);
  }

  private CompletableFuture<@Nullable V> loadAsync(
      K key, Loader<? super K, ? extends V> loader, @Nullable Entry<V> stale) {
    if (bridges(stale) && loads.hasFailed(key)) {
      return CompletableFuture.completedFuture(afterFailure(key, stale, null));
    }
    Begun<V> begun = loads.begin(key);
    Flight<V> flight = begun.flight();
    if (begun.mine() && there(key, flight, stale) == null) {
      execute(key, flight, () -> loads.run(key, flight, loader));
    }
    long patience = patience(stale);
    CompletableFuture<Landing<V>> landing = flight.landing().copy();
    if (patience != Long.MAX_VALUE) {
      landing = landing.completeOnTimeout(null, patience, TimeUnit.NANOSECONDS);
    }
    return landing.thenCompose(
        landed -> {
          if (landed instanceof Landing.Loaded<V> loaded) {
            return CompletableFuture.completedFuture(loaded.value());
          }
          if (landed instanceof Landing.Abandoned<V> && !begun.mine()) {
            return loadAsync(key, loader, stale);
          }
          if (landed instanceof Landing.Abandoned<V> abandoned) {
            return CompletableFuture.failedFuture(unchecked(key, abandoned.problem()));
          }
          return CompletableFuture.completedFuture(afterFailure(key, stale, landed));
        });
  }

  @Override
  public Map<K, V> getAll(Collection<? extends K> keys, BulkLoader<K, V> loader) {
    Objects.requireNonNull(loader, "loader");
    Set<K> asked = new LinkedHashSet<>();
    keys.forEach(key -> asked.add(Objects.requireNonNull(key, "key")));
    Map<K, @Nullable V> found = new HashMap<>();
    Map<K, @Nullable Entry<V>> missing = new LinkedHashMap<>();
    Loader<K, V> single = key -> loader.loadAll(Set.of(key)).get(key);
    for (K key : asked) {
      Entry<V> entry = present(key);
      if (entry != null && serves(key, entry, single)) {
        found.put(key, entry.value);
      } else {
        counters.misses.increment();
        missing.put(key, entry);
      }
    }
    while (!missing.isEmpty()) {
      loadAll(missing, found, loader);
    }
    Map<K, V> values = new LinkedHashMap<>();
    for (K key : asked) {
      V value = found.get(key);
      if (value != null) {
        values.put(key, value);
      }
    }
    return Collections.unmodifiableMap(values);
  }

  /** Loads what nobody loads yet, and then waits for the others; leaves what was abandoned. */
  private void loadAll(
      Map<K, @Nullable Entry<V>> missing, Map<K, @Nullable V> found, BulkLoader<K, V> loader) {
    Map<K, Flight<V>> mine = new LinkedHashMap<>();
    Map<K, Flight<V>> all = new LinkedHashMap<>();
    missing.forEach(
        (key, stale) -> {
          if (bridges(stale) && loads.hasFailed(key)) {
            found.put(key, afterFailure(key, stale, null));
            return;
          }
          Begun<V> begun = loads.begin(key);
          all.put(key, begun.flight());
          if (begun.mine() && there(key, begun.flight(), stale) == null) {
            mine.put(key, begun.flight());
          }
        });
    missing.keySet().retainAll(all.keySet());
    runAll(mine, loader);
    all.forEach(
        (key, flight) -> {
          Entry<V> stale = missing.get(key);
          Landing<V> landing = await(flight, stale);
          if (landing instanceof Landing.Abandoned<V> abandoned) {
            if (mine.containsKey(key)) {
              throw unchecked(key, abandoned.problem());
            }
            return;
          }
          found.put(
              key,
              landing instanceof Landing.Loaded<V> loaded
                  ? loaded.value()
                  : afterFailure(key, stale, landing));
          missing.remove(key);
        });
  }

  private void runAll(Map<K, Flight<V>> mine, BulkLoader<K, V> loader) {
    if (mine.isEmpty()) {
      return;
    }
    if (far != null) {
      Loader<K, V> single = key -> loader.loadAll(Set.of(key)).get(key);
      mine.forEach((key, flight) -> loads.run(key, flight, single));
      return;
    }
    if (!settings.hasTimeouts()) {
      loads.runAll(mine, loader);
      return;
    }
    try {
      settings.executor().execute(() -> loads.runAll(mine, loader));
    } catch (RejectedExecutionException e) {
      mine.forEach((key, flight) -> loads.land(key, flight, new Landing.Failed<>(e)));
    }
  }

  @Override
  public CompletableFuture<Map<K, V>> getAllAsync(
      Collection<? extends K> keys, BulkLoader<K, V> loader) {
    Set<K> copy = new LinkedHashSet<>(keys);
    return CompletableFuture.supplyAsync(() -> getAll(copy, loader), settings.executor());
  }

  @Override
  public void put(K key, V value) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
    if (far == null) {
      loads.put(key, value);
    } else {
      far.put(key, value);
    }
  }

  @Override
  public void invalidate(K key) {
    Objects.requireNonNull(key, "key");
    if (far == null) {
      store.remove(key);
    } else {
      far.invalidate(key);
    }
  }

  @Override
  public void invalidateAll() {
    if (far == null) {
      store.removeAll();
    } else {
      far.invalidateAll();
    }
  }

  @Override
  public void invalidateTag(String tag) {
    tags.invalidate(Objects.requireNonNull(tag, "tag"));
  }

  @Override
  public CacheStats stats() {
    return counters.stats();
  }

  @Override
  public void close() {
    if (far != null) {
      far.close(settings.name());
    }
    store.close();
  }

  @Override
  public String toString() {
    return "TieredCache[" + settings.name() + ", " + store.size() + " entries]";
  }
}
