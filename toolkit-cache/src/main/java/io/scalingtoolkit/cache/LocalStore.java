// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Weigher;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongPredicate;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The entries in memory and the loads that will make some; thread-safe.
 *
 * <p>An invalidation first takes the flight of the key out and poisons it, and then removes the
 * entry. A fill checks its flight while it holds the entry. So either the fill sees the poison, or
 * the removal comes after the fill.
 */
final class LocalStore<K, V> {
  private static final int MOST_BARS = 10_000;

  // Entries are judged by an exact clock, and Caffeine frees memory by a coarse one.
  private static final Duration SLACK = Duration.ofMillis(10);

  private final Cache<K, Entry<V>> entries;
  private final ConcurrentMap<K, Flight<V>> flights = new ConcurrentHashMap<>();
  // Of keys that somebody looked up who may still give what he loads.
  private final Cache<K, Watch> watches =
      Caffeine.newBuilder().weakValues().executor(Runnable::run).build();
  // Keys that are about to change, and until when unless that is confirmed before, by intent.
  private final ConcurrentMap<K, Map<Long, Long>> bars = new ConcurrentHashMap<>();
  private final long size;
  private final @Nullable Weigher<K, Entry<V>> weigher;
  private final CoarseTicker ticker;
  private volatile boolean closed;

  /**
   * @param size largest sum of weights, or number of entries without a weigher
   */
  LocalStore(
      long size,
      @Nullable ToIntBiFunction<? super K, ? super V> weigher,
      long longestNanos,
      CoarseTicker ticker) {
    this.size = size;
    this.weigher = weigher == null ? null : weight(weigher);
    this.ticker = ticker;
    Caffeine<Object, Object> builder =
        Caffeine.newBuilder()
            .expireAfterWrite(Duration.ofNanos(longestNanos).plus(SLACK))
            .ticker(ticker);
    this.entries =
        this.weigher == null
            ? builder.maximumSize(size).build()
            : builder.maximumWeight(size).weigher(this.weigher).build();
  }

  private static <K, V> Weigher<K, Entry<V>> weight(ToIntBiFunction<? super K, ? super V> weigher) {
    return (key, entry) -> entry.value == null ? 1 : weigher.applyAsInt(key, entry.value);
  }

  @Nullable Entry<V> get(K key) {
    return entries.getIfPresent(key);
  }

  /** Adds a flight. Returns null, or the one that is under way already. */
  @Nullable Flight<V> begin(K key, Flight<V> flight) {
    Flight<V> other = flights.putIfAbsent(key, flight);
    if (other == null && isBarred(key)) {
      flight.poison(); // also if the bar ends before the load does
    }
    return other;
  }

  /** Keeps nothing of a key until an intent ends. */
  void bar(K key, long intent, long untilNanos) {
    if (bars.size() >= MOST_BARS) {
      bars.keySet().forEach(this::isBarred);
    }
    bars.merge(key, Map.of(intent, untilNanos), LocalStore::both);
    remove(key); // now that nothing begins any more that is kept
  }

  private static Map<Long, Long> both(Map<Long, Long> before, Map<Long, Long> more) {
    Map<Long, Long> both = new HashMap<>(before);
    both.putAll(more);
    return both;
  }

  /** An intent has ended. */
  void unbar(K key, long intent) {
    bars.computeIfPresent(key, (same, before) -> left(before, id -> id != intent, until -> true));
    remove(key);
  }

  private boolean isBarred(K key) {
    if (!bars.containsKey(key)) {
      return false;
    }
    long now = ticker.exact();
    return bars.computeIfPresent(
            key, (same, before) -> left(before, id -> true, until -> until - now > 0))
        != null;
  }

  /** Returns what is left of intents, null for nothing. */
  private static @Nullable Map<Long, Long> left(
      Map<Long, Long> intents, LongPredicate ids, LongPredicate ends) {
    Map<Long, Long> left = new HashMap<>(intents);
    left.entrySet().removeIf(each -> !ids.test(each.getKey()) || !ends.test(each.getValue()));
    return left.isEmpty() ? null : left;
  }

  /** Puts a flight in the place of another one, which is poisoned, if that is still there. */
  boolean supersede(K key, Flight<V> other, Flight<V> flight) {
    other.poison();
    if (isBarred(key)) {
      flight.poison();
    }
    return flights.replace(key, other, flight);
  }

  /**
   * Keeps what a flight has loaded, unless it is poisoned.
   *
   * @param entry null for what is not worth keeping, which removes the one that is there
   * @return whether it was not poisoned
   */
  boolean fill(K key, Flight<V> flight, @Nullable Entry<V> entry) {
    entries
        .asMap()
        .compute(
            key, (same, present) -> flight.isPoisoned() || closed ? present : fitting(key, entry));
    return !flight.isPoisoned();
  }

  /** Nothing in the place of what is too heavy ever to stay: Caffeine drops it a little later. */
  private @Nullable Entry<V> fitting(K key, @Nullable Entry<V> entry) {
    return entry != null && weigher != null && weigher.weigh(key, entry) > size ? null : entry;
  }

  /** Returns what is poisoned when the key is invalidated from now on, as long as it is held. */
  Watch watch(K key) {
    Watch watch = watches.get(key, same -> new Watch());
    if (!isBarred(key)) {
      return watch;
    }
    Watch barred = new Watch();
    barred.poison();
    return barred;
  }

  /** Keeps what was loaded since a watch began, as {@link #fill(Object, Flight, Entry)} does. */
  boolean fill(K key, Watch watch, Entry<V> entry) {
    entries
        .asMap()
        .compute(
            key, (same, present) -> watch.isPoisoned() || closed ? present : fitting(key, entry));
    return !watch.isPoisoned();
  }

  private void poisonWatch(K key) {
    Watch watch = watches.getIfPresent(key);
    if (watch != null) {
      watch.poison(); // before it is taken out, as with flights
      watches.asMap().remove(key, watch);
    }
  }

  /** Puts an entry; if that fails, which a weigher can do, there is none. */
  void put(K key, Entry<V> entry) {
    remove(key);
    entries
        .asMap()
        .compute(key, (same, present) -> closed || isBarred(key) ? null : fitting(key, entry));
  }

  void remove(K key) {
    poison(key);
    poisonWatch(key);
    entries.invalidate(key);
  }

  private void poison(K key) {
    Flight<V> flight = flights.get(key);
    if (flight != null) {
      expel(key, flight);
    }
  }

  /** Keeps nothing of a flight, and lets nobody join it any more. */
  void expel(K key, Flight<V> flight) {
    // Poisoned before it is taken out, since nothing could reach it there.
    flight.poison();
    flights.remove(key, flight);
  }

  /** Forgets a value that has changed in the shared tier. */
  void changed(K key) {
    Flight<V> flight = flights.get(key);
    if (flight != null && flight.isArmed()) {
      expel(key, flight);
    }
    poisonWatch(key);
    entries.invalidate(key);
  }

  /** Takes a flight out that has kept what it will keep. */
  void end(K key, Flight<V> flight) {
    flights.remove(key, flight);
  }

  void removeAll() {
    // One by one where a fill can be under way: clearing the map does not wait for it.
    flights.keySet().forEach(this::remove);
    watches.asMap().keySet().forEach(this::remove);
    entries.invalidateAll();
  }

  /** Removes everything, and keeps nothing any more. */
  void close() {
    closed = true;
    removeAll();
  }

  long size() {
    ticker.exact();
    entries.cleanUp();
    return entries.estimatedSize();
  }
}
