// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.scalingtoolkit.cache.Flight.Landing;
import io.scalingtoolkit.cache.Loads.Begun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers what memory cannot: by a load of its own, by that of somebody else, or by a stale value
 * that may stand in; thread-safe.
 */
final class Misses<K, V> {
  private static final long FOREVER = Long.MAX_VALUE;

  private final Settings<K, V> settings;
  private final Loads<K, V> loads;
  private final CoarseTicker ticker;
  private final Counters counters;

  Misses(Settings<K, V> settings, Loads<K, V> loads, CoarseTicker ticker, Counters counters) {
    this.settings = settings;
    this.loads = loads;
    this.ticker = ticker;
    this.counters = counters;
  }

  /**
   * Loads a key.
   *
   * @param stale what was there, perhaps too old for all but errors
   */
  @Nullable V load(K key, Loader<? super K, ? extends V> loader, @Nullable Entry<V> stale) {
    long since = ticker.exact();
    while (true) {
      if (failedLately(key, stale)) {
        return standIn(stale);
      }
      Begun<V> begun = loads.begin(key);
      Flight<V> flight = begun.flight();
      boolean here = false;
      if (begun.mine() && !isThere(key, flight, stale)) {
        here = isLoadedHere();
        run(here, () -> loads.run(key, flight, loader), problem -> fail(key, flight, problem));
      }
      Landing<V> landing = await(key, flight, stale, since);
      if (landing instanceof Landing.Loaded<V> loaded) {
        return loaded.value();
      }
      if (begun.mine() || !(landing instanceof Landing.Abandoned<V>)) {
        return afterFailure(key, stale, landing, here);
      }
    }
  }

  /** As {@link #load}, without waiting. */
  CompletableFuture<@Nullable V> loadAsync(
      K key, Loader<? super K, ? extends V> loader, @Nullable Entry<V> stale) {
    if (failedLately(key, stale)) {
      return CompletableFuture.completedFuture(standIn(stale));
    }
    Begun<V> begun = loads.begin(key);
    Flight<V> flight = begun.flight();
    if (begun.mine() && !isThere(key, flight, stale)) {
      run(false, () -> loads.run(key, flight, loader), problem -> fail(key, flight, problem));
    }
    return outcome(key, loader, stale, begun);
  }

  private CompletableFuture<@Nullable V> outcome(
      K key, Loader<? super K, ? extends V> loader, @Nullable Entry<V> stale, Begun<V> begun) {
    return landing(key, begun.flight(), stale)
        .thenComposeAsync(
            landed -> {
              if (landed instanceof Landing.Loaded<V> loaded) {
                return CompletableFuture.completedFuture(loaded.value());
              }
              if (landed instanceof Landing.Abandoned<V> && !begun.mine()) {
                return loadAsync(key, loader, stale);
              }
              return CompletableFuture.completedFuture(afterFailure(key, stale, landed, false));
            },
            this::handOver);
  }

  /** Lets callers go on elsewhere than in a loader, which they could then wait for. */
  private void handOver(Runnable task) {
    if (loads.refusal(task) != null) {
      task.run();
    }
  }

  /** Loads of several keys that have begun; confined. */
  private record Round<K, V>(Map<K, Begun<V>> all, Map<K, Flight<V>> mine) {}

  /**
   * Loads what nobody loads yet, and then waits for the others.
   *
   * @param missing keys and what was there; those that were abandoned are left in it
   * @param found receives what there is
   */
  void loadAll(
      Map<K, @Nullable Entry<V>> missing, Map<K, Optional<V>> found, BulkLoader<K, V> loader) {
    long since = ticker.exact();
    Round<K, V> round = beginAll(missing, found);
    boolean here = isLoadedHere();
    runAll(here, round, loader);
    round
        .all()
        .forEach(
            (key, begun) -> {
              Entry<V> stale = missing.get(key);
              Landing<V> landing = await(key, begun.flight(), stale, since);
              if (landing instanceof Landing.Abandoned<V> && !begun.mine()) {
                return;
              }
              V value =
                  landing instanceof Landing.Loaded<V> loaded
                      ? loaded.value()
                      : afterFailure(key, stale, landing, here && round.mine().containsKey(key));
              found.put(key, Optional.ofNullable(value));
              missing.remove(key);
            });
  }

  /** As {@link #loadAll}, without waiting; {@code found} must be thread-safe. */
  CompletableFuture<?> loadAllAsync(
      Map<K, @Nullable Entry<V>> missing, Map<K, Optional<V>> found, BulkLoader<K, V> loader) {
    Round<K, V> round = beginAll(missing, found);
    runAll(false, round, loader);
    List<CompletableFuture<?>> all = new ArrayList<>();
    round
        .all()
        .forEach(
            (key, begun) ->
                all.add(
                    outcome(key, loads.single(loader), missing.get(key), begun)
                        .thenAccept(value -> found.put(key, Optional.ofNullable(value)))));
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  private Round<K, V> beginAll(Map<K, @Nullable Entry<V>> missing, Map<K, Optional<V>> found) {
    Round<K, V> round = new Round<>(new LinkedHashMap<>(), new LinkedHashMap<>());
    try {
      missing.forEach(
          (key, stale) -> {
            if (failedLately(key, stale)) {
              found.put(key, Optional.ofNullable(standIn(stale)));
              return;
            }
            Begun<V> begun = loads.begin(key);
            round.all().put(key, begun);
            if (begun.mine()) {
              round.mine().put(key, begun.flight());
              if (isThere(key, begun.flight(), stale)) {
                round.mine().remove(key);
              }
            }
          });
    } catch (RuntimeException | Error e) {
      round.mine().forEach((key, flight) -> fail(key, flight, e));
      throw e;
    }
    missing.keySet().retainAll(round.all().keySet());
    return round;
  }

  private void runAll(boolean here, Round<K, V> round, BulkLoader<K, V> loader) {
    if (!round.mine().isEmpty()) {
      run(
          here,
          () -> loads.runAll(round.mine(), loader),
          problem -> round.mine().forEach((key, flight) -> fail(key, flight, problem)));
    }
  }

  /**
   * Tells whether loads run in the caller's thread: if nobody has to be able to leave, and in a
   * loader, which could be waiting for the thread that it has itself.
   */
  private boolean isLoadedHere() {
    return !settings.hasTimeouts() || Flight.isLoading();
  }

  private void run(boolean here, Runnable task, Consumer<Throwable> refused) {
    if (here) {
      task.run();
      return;
    }
    Throwable refusal = loads.refusal(task);
    if (refusal != null) {
      refused.accept(refusal);
    }
  }

  private void fail(K key, Flight<V> flight, Throwable problem) {
    loads.land(key, flight, new Landing.Failed<>(problem));
  }

  /** Ends a flight if somebody else's load came between the look and the flight. */
  private boolean isThere(K key, Flight<V> flight, @Nullable Entry<V> stale) {
    long now = ticker.exact();
    Entry<V> entry = loads.present(key, now);
    if (entry == null || entry == stale || !entry.isFresh(now)) {
      return false;
    }
    loads.land(key, flight, new Landing.Loaded<>(entry.value));
    return true;
  }

  /** Tells whether a stale value may stand in where there is no other, and is still there. */
  private boolean bridges(K key, @Nullable Entry<V> stale) {
    long now = ticker.exact();
    return stale != null
        && stale.overdueNanos(now) < settings.lifetimes().errorNanos()
        && loads.present(key, now) == stale;
  }

  private boolean failedLately(K key, @Nullable Entry<V> stale) {
    return bridges(key, stale) && loads.hasFailed(key);
  }

  private @Nullable V standIn(@Nullable Entry<V> stale) {
    counters.staleHits.increment();
    return stale == null ? null : stale.value;
  }

  /** Waits as long as there is to wait; null if it takes longer. */
  private @Nullable Landing<V> await(
      K key, Flight<V> flight, @Nullable Entry<V> stale, long sinceNanos) {
    try {
      if (settings.softNanos() < settings.hardNanos() && bridges(key, stale)) {
        Landing<V> landing = flight.await(left(settings.softNanos(), sinceNanos));
        if (landing != null || bridges(key, stale)) {
          return landing;
        }
      }
      return flight.await(left(settings.hardNanos(), sinceNanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheLoadException("interrupted while waiting for key " + key, e);
    }
  }

  private long left(long nanos, long sinceNanos) {
    return nanos == FOREVER ? FOREVER : Math.max(0, nanos - (ticker.exact() - sinceNanos));
  }

  private CompletableFuture<@Nullable Landing<V>> landing(
      K key, Flight<V> flight, @Nullable Entry<V> stale) {
    long soft = settings.softNanos();
    long hard = settings.hardNanos();
    if (soft >= hard || !bridges(key, stale)) {
      return within(flight, hard);
    }
    return within(flight, soft)
        .thenCompose(
            landed ->
                landed != null || bridges(key, stale)
                    ? CompletableFuture.completedFuture(landed)
                    : within(flight, hard == FOREVER ? FOREVER : hard - soft));
  }

  private CompletableFuture<@Nullable Landing<V>> within(Flight<V> flight, long nanos) {
    CompletableFuture<@Nullable Landing<V>> copy = flight.landing().copy();
    return nanos == FOREVER ? copy : copy.completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Returns a value in spite of a failure, or throws.
   *
   * @param landing null if there is none yet
   * @param here whether the load ran in the calling thread
   */
  private @Nullable V afterFailure(
      K key, @Nullable Entry<V> stale, @Nullable Landing<V> landing, boolean here) {
    if (here && landing instanceof Landing.Abandoned<V> abandoned) {
      if (abandoned.problem() instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw unchecked(key, abandoned.problem());
    }
    long now = ticker.exact();
    Entry<V> present = loads.present(key, now);
    if (present != null && present != stale && present.overdueNanos(now) < 0) {
      return present.value; // somebody has put it meanwhile
    }
    if (bridges(key, stale)) {
      loads.failed(key);
      return standIn(stale);
    }
    if (landing instanceof Landing.Failed<V> failed) {
      throw unchecked(key, failed.problem());
    }
    if (landing instanceof Landing.Abandoned<V> abandoned) {
      throw unchecked(key, abandoned.problem());
    }
    throw new CacheLoadException("key %s was not loaded in time".formatted(key), null);
  }

  private static RuntimeException unchecked(Object key, Throwable problem) {
    if (problem instanceof Error error) {
      throw error;
    }
    return problem instanceof RuntimeException unchecked
        ? unchecked
        : new CacheLoadException("the loader failed for key " + key, problem);
  }
}
