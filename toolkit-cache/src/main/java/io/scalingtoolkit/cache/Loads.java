// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.scalingtoolkit.cache.Flight.Landing;
import io.scalingtoolkit.core.consistency.Bookmark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs loads, keeps what they bring, and tells those who wait; thread-safe. */
final class Loads<K, V> {
  private static final Logger LOG = LoggerFactory.getLogger(Loads.class);
  private static final int MOST_FAILED_KEYS = 10_000;

  private final Settings<K, V> settings;
  private final LocalStore<K, V> store;
  private final CoarseTicker ticker;
  private final TagEpochs tags;
  private final Counters counters;

  private final Requirements<K> required;

  /** Null without a shared tier. */
  private final @Nullable Far<K, V> far;

  /** Until when keys with a stale value are not loaded again. */
  private final Cache<K, Long> failed;

  Loads(
      Settings<K, V> settings,
      LocalStore<K, V> store,
      CoarseTicker ticker,
      TagEpochs tags,
      Counters counters,
      Requirements<K> required,
      @Nullable Far<K, V> far) {
    this.required = required;
    this.far = far;
    this.settings = settings;
    this.store = store;
    this.ticker = ticker;
    this.tags = tags;
    this.counters = counters;
    this.failed =
        Caffeine.newBuilder()
            .maximumSize(MOST_FAILED_KEYS)
            .expireAfterWrite(Duration.ofNanos(Math.max(1, settings.retryNanos())))
            .ticker(ticker)
            .build();
  }

  /** Begins a load of a key, or returns that of somebody else which is under way. */
  Begun<V> begin(K key) {
    while (true) {
      // The count of tags first: an invalidation after it counts as one during the load.
      long epoch = tags.now();
      Flight<V> mine = new Flight<>(key, ticker.exact(), epoch);
      Flight<V> other = store.begin(key, mine);
      if (other == null) {
        return new Begun<>(mine, true);
      }
      if (other.tagEpoch == epoch) {
        return new Begun<>(other, false);
      }
      // A tag was invalidated since it began, perhaps one of this key: nobody joins it any more.
      if (store.supersede(key, other, mine)) {
        return new Begun<>(mine, true);
      }
    }
  }

  /**
   * A load under way; immutable.
   *
   * @param mine whether whoever began it has to run it
   */
  record Begun<V>(Flight<V> flight, boolean mine) {}

  /** The entry of a key, whatever its age, if nothing is known to speak against it. */
  @Nullable Entry<V> present(K key, long nowNanos) {
    Entry<V> entry = store.get(key);
    if (entry == null
        || (entry.tags != null && !tags.isCurrent(entry.tags))
        || (far != null && !far.trusts(entry, nowNanos))) {
      return null;
    }
    return entry;
  }

  /** Ends a flight without a load, because the value is there. */
  void land(K key, Flight<V> flight, Landing<V> landing) {
    store.end(key, flight);
    flight.land(landing);
  }

  /** Loads in the calling thread. */
  Landing<V> run(K key, Flight<V> flight, Loader<? super K, ? extends V> loader) {
    Landing<V> landing;
    flight.begin();
    try {
      V value =
          far == null
              ? loadHere(key, flight, loader)
              : far.load(key, flight, counting(loader), fetched -> entry(key, flight, fetched));
      landing = new Landing.Loaded<>(value);
    } catch (Throwable problem) {
      landing = failure(problem);
    } finally {
      flight.end();
    }
    if (landing instanceof Landing.Loaded<V>) {
      failed.invalidate(key);
    }
    land(key, flight, landing);
    return landing;
  }

  private @Nullable V loadHere(K key, Flight<V> flight, Loader<? super K, ? extends V> loader)
      throws Exception {
    Bookmark needed = required.of(key);
    if (!required.isMet(needed)) {
      flight.poison();
    }
    V value = Requirements.within(needed, () -> counting(loader).load(key));
    keep(key, flight, value);
    return value;
  }

  private Loader<K, V> counting(Loader<? super K, ? extends V> loader) {
    return key -> {
      long start = ticker.exact();
      V value = loader.load(key);
      counters.loads.increment();
      counters.loadNanos.add(ticker.exact() - start);
      return value;
    };
  }

  /** Loads several keys in the calling thread. */
  void runAll(Map<K, Flight<V>> flights, BulkLoader<K, V> loader) {
    if (far != null) {
      runAll(far, flights, loader);
      return;
    }
    Map<K, Landing<V>> landings = new HashMap<>();
    Landing<V> otherwise = new Landing.Loaded<>(null);
    List<Flight<V>> begun = new ArrayList<>(flights.values());
    begun.forEach(Flight::begin);
    try {
      Bookmark needed =
          flights.keySet().stream().map(required::of).reduce(Bookmark.empty(), Bookmark::merge);
      if (!required.isMet(needed)) {
        begun.forEach(Flight::poison);
      }
      Map<K, V> values =
          Requirements.within(
              needed, () -> countingAll(loader).loadAll(Set.copyOf(flights.keySet())));
      for (Map.Entry<K, Flight<V>> each : flights.entrySet()) {
        V value = values.get(each.getKey());
        keep(each.getKey(), each.getValue(), value);
        landings.put(each.getKey(), new Landing.Loaded<>(value));
      }
    } catch (Throwable problem) {
      otherwise = failure(problem);
    } finally {
      for (int i = begun.size() - 1; i >= 0; i--) {
        begun.get(i).end();
      }
    }
    for (Map.Entry<K, Flight<V>> each : flights.entrySet()) {
      land(each.getKey(), each.getValue(), landings.getOrDefault(each.getKey(), otherwise));
    }
  }

  /** Loads several keys by way of the shared tier; each lands as soon as it is there. */
  private void runAll(Far<K, V> shared, Map<K, Flight<V>> flights, BulkLoader<K, V> loader) {
    FarAll<K, V> all =
        new FarAll<>(
            shared,
            flights,
            countingAll(loader),
            (key, flight) -> value -> entry(key, flight, value),
            (key, flight, value) -> {
              failed.invalidate(key);
              land(key, flight, new Landing.Loaded<>(value));
            });
    List<Flight<V>> begun = new ArrayList<>(flights.values());
    begun.forEach(Flight::begin);
    try {
      all.load();
    } catch (Throwable problem) {
      Landing<V> otherwise = failure(problem);
      flights.forEach(
          (key, flight) -> {
            if (!flight.hasLanded()) {
              // What was not asked for did not fail: whoever waits for it is to load it himself.
              land(
                  key,
                  flight,
                  all.loading().contains(key) ? otherwise : new Landing.Abandoned<>(problem));
            }
          });
    } finally {
      for (int i = begun.size() - 1; i >= 0; i--) {
        begun.get(i).end();
      }
    }
  }

  private BulkLoader<K, V> countingAll(BulkLoader<K, V> loader) {
    return keys -> {
      long start = ticker.exact();
      Map<K, V> values = loader.loadAll(keys);
      counters.loads.add(keys.size());
      counters.loadNanos.add(ticker.exact() - start);
      return values;
    };
  }

  /** Returns a loader of single keys. */
  Loader<K, V> single(BulkLoader<K, V> loader) {
    return key -> loader.loadAll(Set.of(key)).get(key);
  }

  private void keep(K key, Flight<V> flight, @Nullable V value) {
    if (!store.fill(key, flight, entry(key, flight, value))) {
      counters.refusedFills.increment();
    }
  }

  private @Nullable Entry<V> entry(K key, Flight<V> flight, @Nullable V value) {
    long took = ticker.exact() - flight.startNanos;
    return entry(key, value, flight.startNanos, took, flight.tagEpoch);
  }

  /** Keeps a value that needs no load. */
  void put(K key, V value) {
    long epoch = tags.now();
    Entry<V> entry = entry(key, value, ticker.exact(), 0, epoch);
    if (entry != null) {
      store.put(key, entry);
    }
  }

  @Nullable Entry<V> entry(K key, @Nullable V value, long startNanos, long tookNanos, long epoch) {
    TagMark mark = null;
    if (settings.tagger() != null && value != null) {
      List<String> names = List.copyOf(settings.tagger().apply(key, value));
      mark = names.isEmpty() ? null : new TagMark(names, epoch);
    }
    return settings.lifetimes().entry(value, startNanos, tookNanos, mark);
  }

  private Landing<V> failure(Throwable problem) {
    counters.loadFailures.increment();
    if (problem instanceof InterruptedException || Thread.currentThread().isInterrupted()) {
      return new Landing.Abandoned<>(problem);
    }
    return new Landing.Failed<>(problem);
  }

  /** Loads a value again while the old one is handed out, unless that is done or failed lately. */
  void refresh(K key, Loader<? super K, ? extends V> loader) {
    if (hasFailed(key)) {
      return;
    }
    Begun<V> begun = begin(key);
    if (!begun.mine()) {
      return;
    }
    counters.refreshes.increment();
    Runnable task =
        () -> {
          if (!(run(key, begun.flight(), loader) instanceof Landing.Loaded<V>)) {
            failed(key);
          }
        };
    Throwable refusal = refusal(task);
    if (refusal != null) {
      LOG.debug("A value is not loaded again yet", refusal);
      land(key, begun.flight(), new Landing.Abandoned<>(refusal));
      failed(key);
    }
  }

  /** Runs something on the executor; returns why not if it will not run. */
  @Nullable Throwable refusal(Runnable task) {
    try {
      settings.executor().execute(task);
      return null;
    } catch (RuntimeException | Error e) { // also a thread that could not be made
      return e;
    }
  }

  /** Notes that a key with a stale value could not be loaded. */
  void failed(K key) {
    failed.put(key, ticker.exact() + settings.retryNanos());
  }

  /** Tells whether a key with a stale value is not to be loaded again yet. */
  boolean hasFailed(K key) {
    Long until = failed.getIfPresent(key);
    return until != null && until - ticker.exact() > 0;
  }
}
