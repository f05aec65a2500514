// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.cache.internal.Mark;
import io.scalingtoolkit.cache.internal.Reading;
import io.scalingtoolkit.cache.internal.Remote;
import io.scalingtoolkit.cache.internal.Space;
import io.scalingtoolkit.core.consistency.Bookmark;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
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
  static final long FIRST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  static final long LAST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** No entry and no lease has this token. */
  private static final long NONE = 0;

  final Remote remote;
  final Space space;
  final KeyCodec<K> keys;
  final ValueCodec<V> values;
  final LocalStore<K, V> store;
  final Counters counters;
  final Requirements<K> required;
  private final long timeoutNanos;
  final long liveNanos;
  final long boundNanos;
  private final long absentNanos;

  /** Null without tags. */
  final @Nullable BiFunction<? super K, ? super V, ? extends Collection<String>> tagger;

  Far(
      String name,
      int schema,
      Remote remote,
      KeyCodec<K> keys,
      ValueCodec<V> values,
      LocalStore<K, V> store,
      Counters counters,
      Requirements<K> required,
      long absentNanos,
      @Nullable BiFunction<? super K, ? super V, ? extends Collection<String>> tagger) {
    this.tagger = tagger;
    this.remote = remote;
    this.keys = keys;
    this.values = values;
    this.store = store;
    this.counters = counters;
    this.required = required;
    this.absentNanos = absentNanos;
    this.timeoutNanos = remote.timeout().toNanos();
    this.liveNanos = remote.timeToLive().toNanos();
    this.boundNanos = remote.bound().toNanos();
    this.space = remote.open(name, schema, this);
  }

  /** Makes entries of what is loaded; null for what is not worth keeping. */
  interface Maker<V> {
    @Nullable Entry<V> entry(@Nullable V value);
  }

  /** Tells whether an entry may be handed out without asking. */
  boolean trusts(Entry<V> entry, long nowNanos) {
    return entry.stamp == null || entry.stamp.line().isGood(nowNanos);
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
  static final class Unanswered extends Exception {
    private static final long serialVersionUID = 1;

    Unanswered(Throwable cause) {
      super("the shared tier does not answer", cause, false, false);
    }
  }

  <T> T answer(CompletionStage<T> question) throws Unanswered, InterruptedException {
    try {
      return outcome(question);
    } catch (Unanswered e) {
      counters.remoteFailures.increment();
      throw e;
    }
  }

  /** As {@link #answer}, and counts nothing. */
  <T> T outcome(CompletionStage<T> question) throws Unanswered, InterruptedException {
    try {
      return question.toCompletableFuture().get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      remote.giveUpLate();
      throw new Unanswered(e);
    } catch (ExecutionException | CancellationException e) {
      throw new Unanswered(e);
    }
  }

  /** What there was to be found; immutable. */
  sealed interface Found<V> {}

  /** A value, or that there is none. */
  record Value<V>(@Nullable V value) implements Found<V> {}

  /**
   * The right to load it.
   *
   * @param positions that the load must not be older than
   * @param mark from before the load, null without tags
   */
  record Lease<V>(long token, String positions, @Nullable Mark mark) implements Found<V> {}

  /** Nothing, and what is loaded is not to be kept. */
  record Barred<V>(long token, String positions) implements Found<V> {}

  /** Loads a key in the calling thread, and keeps a copy where that is right. */
  @Nullable V load(K key, Flight<V> flight, Loader<? super K, ? extends V> loader, Maker<V> maker)
      throws Exception {
    String name = keys.encode(key);
    if (space.line(name, flight.startNanos) == null) {
      return alone(key, flight, loader, maker);
    }
    Found<V> found;
    try {
      found = find(key, name, flight, maker);
    } catch (Unanswered e) {
      LOG.debug("Loading {} without the shared tier", name, e);
      return alone(key, flight, loader, maker);
    }
    if (found instanceof Value<V> there) {
      return there.value();
    }
    if (found instanceof Barred<V> barred) {
      hear(key, name, flight, barred.token());
      return Requirements.within(needed(key, barred.positions(), null), () -> loader.load(key));
    }
    return fill(key, name, flight, loader, maker, (Lease<V>) found);
  }

  /** Returns what a load must not be older than, as far as known here and by the tier. */
  Bookmark needed(K key, String positions, @Nullable Mark mark) {
    String ofAll = mark == null ? space.positions() : mark.positions();
    return required.of(key).merge(required.read(positions)).merge(required.read(ofAll));
  }

  /** Has nobody join a load any more that is not kept once the key has changed. */
  void hear(K key, String name, Flight<V> flight, long token) {
    var unused =
        space
            .token(name, flight::armWhileLoading)
            .whenComplete(
                (there, problem) -> {
                  if (problem != null || there != token) {
                    store.expel(key, flight);
                  }
                });
  }

  /** Returns a copy that was read over a connection that is gone, and would be good else. */
  @Nullable Entry<V> unverified(K key, Flight<V> flight) {
    Entry<V> old = store.get(key);
    return old == null
            || old.stamp == null
            || old.stamp.token() == NONE
            || old.stamp.line().isGood(flight.startNanos)
            || old.overdueNanos(flight.startNanos) >= 0
        ? null
        : old;
  }

  /** Asks whether the tier still has what a copy is of: then that is as good as ever. */
  CompletionStage<@Nullable Line> verify(String name, Flight<V> flight, Entry.Stamp stamp) {
    return space.verify(name, stamp.token(), stamp.line(), flight::arm);
  }

  void keepVerified(K key, Flight<V> flight, Entry<V> old, long token, Line line) {
    store.fill(key, flight, old.copyOf(new Entry.Stamp(token, line), old.endNanos));
  }

  private Found<V> find(K key, String name, Flight<V> flight, Maker<V> maker)
      throws Unanswered, InterruptedException {
    Entry<V> old = unverified(key, flight);
    if (old != null && old.stamp != null) {
      Line line = answer(verify(name, flight, old.stamp));
      if (line != null) {
        keepVerified(key, flight, old, old.stamp.token(), line);
        return new Value<>(old.value);
      }
    }
    long poll = FIRST_POLL_NANOS;
    while (true) {
      flight.disarm();
      Reading there = answer(space.get(name, flight::arm));
      if (there instanceof Reading.Present present) {
        Value<V> found = copy(key, name, flight, maker, present);
        if (found != null) {
          return found;
        }
      }
      CompletableFuture<Void> change = space.nextChange(name);
      long token = newToken();
      flight.disarm();
      Reading taken;
      try {
        CompletionStage<@Nullable Mark> asked = mark();
        taken = answer(space.take(name, token, outdated(there)));
        if (taken instanceof Reading.Granted granted) {
          return new Lease<>(token, granted.positions(), answer(asked));
        }
        if (taken instanceof Reading.Barred barred) {
          return new Barred<>(barred.token(), barred.positions());
        }
      } catch (Unanswered e) {
        var unused = space.release(name, token); // in case it was granted
        throw e;
      }
      if (taken instanceof Reading.Awaited awaited) {
        await(change, Math.min(poll, awaited.leaseNanos()));
        poll = Math.min(2 * poll, LAST_POLL_NANOS);
      }
    }
  }

  static long outdated(@Nullable Reading reading) {
    return reading instanceof Reading.Outdated outdated ? outdated.token() : 0;
  }

  /** To be asked for before a load; null without tags. */
  CompletionStage<@Nullable Mark> mark() {
    return tagger == null
        ? CompletableFuture.completedFuture(null)
        : space.mark().thenApply(mark -> mark);
  }

  static List<String> tags(@Nullable Entry<?> entry) {
    return entry == null || entry.tags == null ? List.of() : entry.tags.tags();
  }

  static long newToken() {
    long token = ThreadLocalRandom.current().nextLong();
    return token == 0 ? 1 : token;
  }

  static void await(CompletableFuture<?> change, long nanos) throws InterruptedException {
    try {
      change.get(Math.max(1, nanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.trace("No change told yet, looking again", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a change never fails", e);
    }
  }

  /** Keeps a copy of an entry, or drops the entry and returns null if it cannot be read. */
  @Nullable Value<V> copy(
      K key, String name, Flight<V> flight, Maker<V> maker, Reading.Present present)
      throws Unanswered, InterruptedException {
    Value<V> found = decode(name, present);
    if (found == null) {
      return null;
    }
    Entry<V> entry = maker.entry(found.value());
    long latest = flight.startNanos + liveNanos - present.ageNanos();
    Entry.Stamp stamp = new Entry.Stamp(present.token(), present.line());
    store.fill(key, flight, entry == null ? null : entry.copyOf(stamp, latest));
    counters.remoteHits.increment();
    return found;
  }

  /** Returns the value of an entry, or drops the entry and returns null if it cannot be read. */
  @Nullable Value<V> decode(String name, Reading.Present present)
      throws Unanswered, InterruptedException {
    try {
      return new Value<>(present.value() == null ? null : values.decode(present.value()));
    } catch (RuntimeException e) {
      counters.undecodable.increment();
      LOG.debug("Dropping an entry of {} that cannot be decoded", name, e);
      answer(space.drop(name, present.token()));
      return null;
    }
  }

  /** Keeps a lease as long as the load runs, until the result is cancelled. */
  CompletableFuture<?> hold(K key, String name, Flight<V> flight, long token) {
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
    return space.keep(name, token, flight::disarmWhileLoading, flight::armWhileLoading, lost);
  }

  void keepFilled(K key, Flight<V> flight, Entry<V> entry, Entry.Stamp stamp) {
    store.fill(key, flight, entry.copyOf(stamp, flight.startNanos + liveNanos));
  }

  /** Loads a value with a lease, and stores it if the lease is still good then. */
  private @Nullable V fill(
      K key,
      String name,
      Flight<V> flight,
      Loader<? super K, ? extends V> loader,
      Maker<V> maker,
      Lease<V> lease)
      throws Exception {
    long token = lease.token();
    CompletableFuture<?> kept = hold(key, name, flight, token);
    V value;
    Entry<V> entry;
    try {
      Bookmark needed = needed(key, lease.positions(), lease.mark());
      boolean met = required.isMet(needed);
      value = Requirements.within(needed, () -> loader.load(key));
      entry = met ? maker.entry(value) : null;
    } catch (Exception | Error e) {
      kept.cancel(false);
      var unusedRelease = space.release(name, token);
      throw e;
    }
    kept.cancel(false);
    flight.disarmForGood();
    try {
      byte[] bytes = entry == null ? null : encoded(name, value);
      if (entry == null) {
        answer(space.release(name, token));
        store.fill(key, flight, null);
      } else if (bytes == null && value != null) {
        answer(space.release(name, token)); // else the copy would go when that is told
        keepAlone(key, flight, entry);
      } else {
        long live = liveMillis(value);
        Space.Filled filled =
            answer(space.fill(name, token, bytes, live, tags(entry), lease.mark(), flight::arm));
        if (!filled.isStored()) {
          counters.refusedFills.increment();
        } else if (filled.line() != null) {
          keepFilled(key, flight, entry, new Entry.Stamp(token, filled.line()));
        }
      }
    } catch (Unanswered e) {
      LOG.debug("{} was loaded and the shared tier does not answer", name, e);
      keepAlone(key, flight, entry);
    }
    return value;
  }

  /** Returns the bytes of a value, null for none or if it cannot be turned into bytes. */
  byte @Nullable [] encoded(String name, @Nullable V value) {
    try {
      return value == null ? null : values.encode(value);
    } catch (RuntimeException e) {
      counters.remoteFailures.increment();
      LOG.warn("A value of {} cannot be encoded, and is kept in memory only", name, e);
      return null;
    }
  }

  long liveMillis(@Nullable V value) {
    long nanos = value == null ? Math.min(absentNanos, liveNanos) : liveNanos;
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  /** Loads without the tier, for as long as a change could be unknown at any time. */
  private @Nullable V alone(
      K key, Flight<V> flight, Loader<? super K, ? extends V> loader, Maker<V> maker)
      throws Exception {
    Bookmark needed = needed(key, "", null);
    boolean met = required.isMet(needed);
    V value = Requirements.within(needed, () -> loader.load(key));
    keepAlone(key, flight, met ? maker.entry(value) : null);
    return value;
  }

  /** Keeps what the tier has not, as long as a change could be unknown, and the tier is away. */
  void keepAlone(K key, Flight<V> flight, @Nullable Entry<V> entry) {
    boolean kept = store.fill(key, flight, entry == null ? null : alone(entry, flight.startNanos));
    if (!kept) {
      counters.refusedFills.increment();
    }
  }

  Entry<V> alone(Entry<V> entry, long startNanos) {
    Entry.Stamp stamp = new Entry.Stamp(NONE, space.alone(startNanos));
    return entry.copyOf(stamp, startNanos + boundNanos);
  }

  void close(String name) {
    remote.close(name);
  }
}
