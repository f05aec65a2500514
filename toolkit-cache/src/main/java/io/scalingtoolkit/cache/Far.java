// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.scalingtoolkit.cache.internal.Reading;
import io.scalingtoolkit.cache.internal.Remote;
import io.scalingtoolkit.cache.internal.Space;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads by way of the shared tier; thread-safe.
 *
 * <pre>
 * read ── there ──────────────────────────────────────────▶ keep a copy
 *   └─ not there ── take a lease ── granted ── load ── fill ── still mine ──▶ keep a copy
 *                        └─ somebody else's ── wait for a change ── read
 * </pre>
 *
 * <p>A copy is kept in memory if nothing that the tier told after the answer speaks against it.
 * Each own write is followed by a reading, since the tier tells of one change for one reading.
 */
final class Far<K, V> implements Space.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Far.class);
  private static final long FIRST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LAST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Remote remote;
  private final Space space;
  private final KeyCodec<K> keys;
  private final ValueCodec<V> values;
  private final LocalStore<K, V> store;
  private final Counters counters;
  private final long timeoutNanos;
  private final long liveNanos;
  private final long boundNanos;
  private final long absentNanos;

  Far(
      String name,
      Remote remote,
      KeyCodec<K> keys,
      ValueCodec<V> values,
      LocalStore<K, V> store,
      Counters counters,
      long absentNanos) {
    this.remote = remote;
    this.keys = keys;
    this.values = values;
    this.store = store;
    this.counters = counters;
    this.absentNanos = absentNanos;
    this.timeoutNanos = remote.timeout().toNanos();
    this.liveNanos = remote.timeToLive().toNanos();
    this.boundNanos = remote.bound().toNanos();
    this.space = remote.open(name, this);
  }

  /** Makes entries of what is loaded; null for what is not worth keeping. */
  interface Maker<V> {
    @Nullable Entry<V> entry(@Nullable V value);
  }

  /** Tells whether an entry may be handed out without asking. */
  boolean trusts(Entry<V> entry, long nowNanos) {
    return entry.stamp == null || entry.stamp.generation() == remote.generation(nowNanos);
  }

  @Override
  public void changed(String key) {
    K decoded;
    try {
      decoded = keys.decode(key);
    } catch (RuntimeException e) {
      LOG.debug("Not a key of this cache: {}", key, e);
      return;
    }
    store.changed(decoded);
  }

  @Override
  public void allChanged() {
    store.removeAll();
  }

  /** The tier gives no answer. */
  private static final class Unanswered extends Exception {
    private static final long serialVersionUID = 1;

    Unanswered(Throwable cause) {
      super("the shared tier does not answer", cause, false, false);
    }
  }

  private <T> T answer(CompletionStage<T> question) throws Unanswered, InterruptedException {
    try {
      return question.toCompletableFuture().get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException | CancellationException e) {
      counters.remoteFailures.increment();
      throw new Unanswered(e);
    }
  }

  /**
   * What was found: a value, or the right to load it; immutable.
   *
   * @param token of the lease, 0 for a value
   */
  private record Found<V>(@Nullable V value, long token) {}

  /** Loads a key in the calling thread, and keeps a copy where that is right. */
  @Nullable V load(K key, Flight<V> flight, Loader<? super K, ? extends V> loader, Maker<V> maker)
      throws Exception {
    String name = keys.encode(key);
    long generation = remote.generation(flight.startNanos);
    if (generation == Remote.NONE) {
      return alone(key, flight, loader, maker);
    }
    Found<V> found;
    try {
      found = find(key, name, flight, maker, generation);
    } catch (Unanswered e) {
      LOG.debug("Loading {} without the shared tier", name, e);
      return alone(key, flight, loader, maker);
    }
    return found.token() == 0
        ? found.value()
        : fill(key, name, flight, loader, maker, new Entry.Stamp(found.token(), generation));
  }

  private Found<V> find(K key, String name, Flight<V> flight, Maker<V> maker, long generation)
      throws Unanswered, InterruptedException {
    Entry<V> old = store.get(key);
    if (old != null
        && old.stamp != null
        && old.stamp.generation() != generation
        && old.overdueNanos(flight.startNanos) < 0) {
      // Read over a connection that is gone: if the tier still has it, it is as good as ever.
      long token = old.stamp.token();
      if (answer(space.token(name, flight::arm)) == token) {
        store.fill(key, flight, old.copyOf(new Entry.Stamp(token, generation), old.endNanos));
        return new Found<>(old.value, 0);
      }
    }
    long poll = FIRST_POLL_NANOS;
    while (true) {
      flight.disarm();
      if (answer(space.get(name, flight::arm)) instanceof Reading.Present present) {
        Found<V> found = copy(key, name, flight, maker, present, generation);
        if (found != null) {
          return found;
        }
      }
      CompletableFuture<Void> change = space.nextChange(name);
      long token = newToken();
      flight.disarm();
      Reading taken;
      try {
        taken = answer(space.take(name, token));
      } catch (Unanswered e) {
        var unused = space.release(name, token); // in case it was granted
        throw e;
      }
      if (taken instanceof Reading.Granted) {
        return new Found<>(null, token);
      }
      if (taken instanceof Reading.Awaited awaited) {
        await(change, Math.min(poll, awaited.leaseNanos()));
        poll = Math.min(2 * poll, LAST_POLL_NANOS);
      }
    }
  }

  private static long newToken() {
    long token = ThreadLocalRandom.current().nextLong();
    return token == 0 ? 1 : token;
  }

  private static void await(CompletableFuture<Void> change, long nanos)
      throws InterruptedException {
    try {
      change.get(Math.max(1, nanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.trace("No change told yet, looking again", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a change never fails", e);
    }
  }

  /** Keeps a copy of an entry, or drops the entry and returns null if it cannot be read. */
  private @Nullable Found<V> copy(
      K key,
      String name,
      Flight<V> flight,
      Maker<V> maker,
      Reading.Present present,
      long generation)
      throws Unanswered, InterruptedException {
    V value;
    try {
      value = present.value() == null ? null : values.decode(present.value());
    } catch (RuntimeException e) {
      counters.undecodable.increment();
      LOG.debug("Dropping an entry of {} that cannot be decoded", name, e);
      answer(space.drop(name, present.token()));
      return null;
    }
    Entry<V> entry = maker.entry(value);
    long latest = flight.startNanos + liveNanos - present.ageNanos();
    Entry.Stamp stamp = new Entry.Stamp(present.token(), generation);
    store.fill(key, flight, entry == null ? null : entry.copyOf(stamp, latest));
    counters.remoteHits.increment();
    return new Found<>(value, 0);
  }

  /** Loads a value with a lease, and stores it if the lease is still good then. */
  private @Nullable V fill(
      K key,
      String name,
      Flight<V> flight,
      Loader<? super K, ? extends V> loader,
      Maker<V> maker,
      Entry.Stamp stamp)
      throws Exception {
    long token = stamp.token();
    // Whoever asks when the lease is known to be lost is to get a load that begins from then on.
    Runnable lost = () -> store.expel(key, flight);
    var unused =
        space
            .token(name, flight::armWhileLoading)
            .thenAccept(
                there -> {
                  if (there != token) {
                    lost.run();
                  }
                });
    CompletableFuture<?> kept =
        space.keep(name, token, flight::disarmWhileLoading, flight::armWhileLoading, lost);
    V value;
    Entry<V> entry;
    byte[] bytes;
    try {
      value = loader.load(key);
      entry = maker.entry(value);
      bytes = value == null ? null : values.encode(value);
    } catch (Exception | Error e) {
      kept.cancel(false);
      var unusedRelease = space.release(name, token);
      throw e;
    }
    kept.cancel(false);
    flight.disarmForGood();
    try {
      if (entry == null) {
        answer(space.release(name, token));
        store.fill(key, flight, null);
      } else if (!answer(space.fill(name, token, bytes, liveMillis(value)))) {
        counters.refusedFills.increment();
      } else if (answer(space.token(name, flight::arm)) == token) {
        store.fill(key, flight, entry.copyOf(stamp, flight.startNanos + liveNanos));
      }
    } catch (Unanswered e) {
      LOG.debug("{} was loaded and the shared tier does not answer", name, e);
      keepAlone(key, flight, entry);
    }
    return value;
  }

  private long liveMillis(@Nullable V value) {
    long nanos = value == null ? Math.min(absentNanos, liveNanos) : liveNanos;
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  /** Loads without the tier, for as long as a change could be unknown at any time. */
  private @Nullable V alone(
      K key, Flight<V> flight, Loader<? super K, ? extends V> loader, Maker<V> maker)
      throws Exception {
    V value = loader.load(key);
    keepAlone(key, flight, maker.entry(value));
    return value;
  }

  private void keepAlone(K key, Flight<V> flight, @Nullable Entry<V> entry) {
    boolean kept =
        store.fill(
            key, flight, entry == null ? null : entry.endingBy(flight.startNanos + boundNanos));
    if (!kept) {
      counters.refusedFills.increment();
    }
  }

  /** Stores a value for all; the result fails if the tier was not told yet. */
  CompletionStage<?> put(K key, V value) {
    String name = keys.encode(key);
    byte[] bytes = values.encode(value);
    store.remove(key);
    CompletionStage<?> told = space.put(name, newToken(), bytes, liveMillis(value));
    if (!isDone(told)) {
      told = space.invalidate(name); // it may or may not be there
    }
    store.remove(key);
    return told;
  }

  /**
   * Forgets a value for all, now or as soon as the tier answers; the result fails if it has not.
   */
  CompletionStage<?> invalidate(K key) {
    String name = keys.encode(key);
    store.remove(key);
    CompletionStage<?> told = space.invalidate(name);
    isDone(told);
    store.remove(key);
    return told;
  }

  CompletionStage<?> invalidateAll() {
    store.removeAll();
    CompletionStage<?> told = space.invalidateAll();
    isDone(told);
    store.removeAll();
    return told;
  }

  /** Waits for something as long as is waited for the tier. */
  private boolean isDone(CompletionStage<?> stage) {
    try {
      answer(stage);
      return true;
    } catch (Unanswered e) {
      LOG.debug("The shared tier does not answer yet", e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  void close(String name) {
    remote.close(name);
  }
}
