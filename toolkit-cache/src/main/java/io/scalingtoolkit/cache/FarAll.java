// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.scalingtoolkit.cache.Far.Unanswered;
import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.cache.internal.Mark;
import io.scalingtoolkit.cache.internal.Reading;
import io.scalingtoolkit.cache.internal.Space;
import io.scalingtoolkit.core.consistency.Bookmark;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One load of several keys by way of the shared tier, under the rules of {@link Far} for each of
 * them; used by one thread.
 *
 * <p>Each step asks for all keys before it waits: read, take leases on what is missing, load that
 * in one call, store it. Only then it waits for what others load, so two that want each other's
 * keys do not stand still.
 */
final class FarAll<K, V> {
  private static final Logger LOG = LoggerFactory.getLogger(FarAll.class);

  private final Far<K, V> far;
  private final BulkLoader<K, V> loader;
  private final Lander<K, V> lander;
  private final Map<K, Item> open = new LinkedHashMap<>();
  private Map<K, Item> loading = Map.of();

  /** From before the next load, null without tags. */
  private @Nullable Mark mark;

  /**
   * @param makers make entries, by key
   * @param lander told of each value as it is there, null if there is none
   */
  FarAll(
      Far<K, V> far,
      Map<K, Flight<V>> flights,
      BulkLoader<K, V> loader,
      BiFunction<K, Flight<V>, Far.Maker<V>> makers,
      Lander<K, V> lander) {
    this.far = far;
    this.loader = loader;
    this.lander = lander;
    flights.forEach(
        (key, flight) ->
            open.put(key, new Item(key, far.keys.encode(key), flight, makers.apply(key, flight))));
  }

  /** Told of a value as it is there. */
  interface Lander<K, V> {
    void land(K key, Flight<V> flight, @Nullable V value);
  }

  /** A key on its way; confined. */
  private final class Item {
    final K key;
    final String name;
    final Flight<V> flight;
    final Far.Maker<V> maker;

    /** Of the lease, 0 if there is none. */
    long token;

    @Nullable CompletableFuture<?> kept;
    CompletableFuture<Void> change = CompletableFuture.completedFuture(null);

    /** That its load must not be older than. */
    String positions = "";

    /** Whether what is loaded is not to be kept. */
    boolean barred;

    /** Of an entry whose tags do not count any more, 0 if there is none. */
    long outdated;

    /** How long somebody else has the lease, 0 if nobody has. */
    long awaitedNanos;

    @Nullable V value;
    @Nullable Entry<V> entry;
    byte @Nullable [] bytes;

    Item(K key, String name, Flight<V> flight, Far.Maker<V> maker) {
      this.key = key;
      this.name = name;
      this.flight = flight;
      this.maker = maker;
    }
  }

  /** The keys that the loader was last called with. */
  Set<K> loading() {
    return loading.keySet();
  }

  void load() throws Exception {
    try {
      verify();
      long poll = Far.FIRST_POLL_NANOS;
      while (!open.isEmpty()) {
        Map<K, Item> toLoad = new LinkedHashMap<>();
        take(read(toLoad), toLoad);
        toLoad.keySet().forEach(open::remove);
        if (!toLoad.isEmpty()) {
          loadNow(toLoad);
        }
        if (!open.isEmpty() && open.values().stream().allMatch(item -> item.awaitedNanos > 0)) {
          await(poll);
          poll = Math.min(2 * poll, Far.LAST_POLL_NANOS);
        }
      }
    } finally {
      // Leases that an exception left behind.
      loading.values().forEach(this::release);
    }
  }

  private void landed(Item item, @Nullable V value) {
    open.remove(item.key);
    lander.land(item.key, item.flight, value);
  }

  /** Sends one question for each item, and then waits for the answers; null for none. */
  private <T> Map<Item, @Nullable T> answers(Map<Item, CompletionStage<T>> questions)
      throws InterruptedException {
    Map<Item, @Nullable T> answers = new LinkedHashMap<>();
    boolean failed = false;
    for (Map.Entry<Item, CompletionStage<T>> each : questions.entrySet()) {
      try {
        // Questions of the tier end by themselves, so this waits once and not once for each.
        answers.put(each.getKey(), far.outcome(each.getValue()));
      } catch (Unanswered e) {
        LOG.debug("No answer for {}", each.getKey().name, e);
        failed = true;
        answers.put(each.getKey(), null);
      }
    }
    if (failed) {
      far.counters.remoteFailures.increment();
    }
    return answers;
  }

  private <T> Map<Item, CompletionStage<T>> ask(
      Collection<Item> items, Function<Item, CompletionStage<T>> question) {
    Map<Item, CompletionStage<T>> questions = new LinkedHashMap<>();
    items.forEach(item -> questions.put(item, question.apply(item)));
    return questions;
  }

  /** Asks for copies that were read over a connection that is gone whether they still count. */
  private void verify() throws InterruptedException {
    Map<Item, CompletionStage<Line>> questions = new LinkedHashMap<>();
    Map<Item, Entry<V>> copies = new LinkedHashMap<>();
    for (Item item : open.values()) {
      Entry<V> old = far.unverified(item.key, item.flight);
      if (old != null && old.stamp != null && isAsked(item)) {
        copies.put(item, old);
        questions.put(item, far.verify(item.name, item.flight, old.stamp));
      }
    }
    answers(questions)
        .forEach(
            (item, line) -> {
              Entry<V> old = copies.get(item);
              if (line != null && old != null && old.stamp != null) {
                far.keepVerified(item.key, item.flight, old, old.stamp.token(), line);
                landed(item, old.value);
              }
            });
  }

  private boolean isAsked(Item item) {
    return far.space.line(item.name, item.flight.startNanos) != null;
  }

  /**
   * Reads what is open.
   *
   * @param toLoad receives what the tier gives no answer for
   * @return what is missing
   */
  private List<Item> read(Map<K, Item> toLoad) throws InterruptedException {
    Map<String, Runnable> ordered = new LinkedHashMap<>();
    for (Item item : open.values()) {
      item.awaitedNanos = 0;
      if (isAsked(item)) {
        item.flight.disarm();
        ordered.put(item.name, item.flight::arm);
      } else {
        toLoad.put(item.key, item);
      }
    }
    Map<String, CompletionStage<Reading>> asked = far.space.getAll(ordered);
    Map<Item, CompletionStage<Reading>> questions = new LinkedHashMap<>();
    for (Item item : open.values()) {
      CompletionStage<Reading> question = asked.get(item.name);
      if (question != null) {
        questions.put(item, question);
      }
    }
    List<Item> missing = new ArrayList<>();
    for (Map.Entry<Item, @Nullable Reading> each : answers(questions).entrySet()) {
      Item item = each.getKey();
      if (each.getValue() instanceof Reading.Present present) {
        keep(item, present, missing, toLoad);
      } else if (each.getValue() == null) {
        toLoad.put(item.key, item);
      } else {
        item.outdated = Far.outdated(each.getValue());
        missing.add(item);
      }
    }
    return missing;
  }

  private void keep(Item item, Reading.Present present, List<Item> missing, Map<K, Item> toLoad)
      throws InterruptedException {
    try {
      Far.Value<V> found = far.copy(item.key, item.name, item.flight, item.maker, present);
      if (found == null) {
        missing.add(item);
      } else {
        landed(item, found.value());
      }
    } catch (Unanswered e) {
      LOG.debug("Loading {} without the shared tier", item.name, e);
      toLoad.put(item.key, item);
    }
  }

  /** Takes leases on what is missing; receives what is to be loaded. */
  private void take(List<Item> missing, Map<K, Item> toLoad) throws InterruptedException {
    CompletionStage<@Nullable Mark> asked = far.mark();
    Map<Item, CompletionStage<Reading>> questions =
        ask(
            missing,
            item -> {
              item.change = far.space.nextChange(item.name);
              item.token = Far.newToken();
              item.flight.disarm();
              return far.space.take(item.name, item.token, item.outdated);
            });
    Map<Item, @Nullable Reading> answers = answers(questions);
    if (!marked(asked)) {
      answers.replaceAll((item, reading) -> null);
    }
    answers.forEach(
        (item, reading) -> {
          if (reading == null || reading instanceof Reading.Granted) {
            toLoad.put(item.key, item);
          }
          item.positions = "";
          if (reading instanceof Reading.Granted granted) {
            item.positions = granted.positions();
          } else if (reading instanceof Reading.Barred barred) {
            item.positions = barred.positions();
            item.barred = true;
            far.hear(item.key, item.name, item.flight, barred.token());
            toLoad.put(item.key, item);
          }
          if (reading == null) {
            release(item); // in case it was granted
          } else if (!(reading instanceof Reading.Granted)) {
            item.token = 0;
          }
          if (reading instanceof Reading.Awaited awaited) {
            item.awaitedNanos = Math.max(1, awaited.leaseNanos());
          }
        });
  }

  /** Returns false if there is no answer. */
  private boolean marked(CompletionStage<@Nullable Mark> asked) throws InterruptedException {
    try {
      mark = far.outcome(asked);
      return true;
    } catch (Unanswered e) {
      LOG.debug("No answer for the tags", e);
      return false;
    }
  }

  private void release(Item item) {
    if (item.kept != null) {
      item.kept.cancel(false);
      item.kept = null;
    }
    if (item.token != 0) {
      var unused = far.space.release(item.name, item.token);
      item.token = 0;
    }
  }

  /** Loads in one call what there is a lease for, and what the tier gives no answer for. */
  private void loadNow(Map<K, Item> items) throws Exception {
    loading = items;
    for (Item item : items.values()) {
      if (item.token != 0) {
        item.kept = far.hold(item.key, item.name, item.flight, item.token);
      }
    }
    Set<K> asked = Set.copyOf(items.keySet());
    Bookmark needed = needed(items);
    boolean met = far.required.isMet(needed);
    Map<K, V> values = Requirements.within(needed, () -> loader.loadAll(asked));
    List<Item> leased = new ArrayList<>();
    List<Item> unstorable = new ArrayList<>();
    for (Item item : items.values()) {
      item.value = values.get(item.key);
      item.entry = met ? item.maker.entry(item.value) : null;
      item.bytes = far.encoded(item.name, item.value);
      boolean storable = item.bytes != null || item.value == null;
      if (item.barred) {
        item.flight.disarmForGood();
      } else if (item.token == 0) {
        far.keepAlone(item.key, item.flight, item.entry);
      } else if (storable) {
        leased.add(item);
      } else {
        unstorable.add(item);
      }
    }
    store(leased);
    keepHere(unstorable);
    loading = Map.of();
    items.values().forEach(item -> landed(item, item.value));
  }

  /** Returns what none of the keys may be older than, for they are loaded together. */
  private Bookmark needed(Map<K, Item> items) {
    Bookmark all = Bookmark.empty();
    for (Item item : items.values()) {
      all = all.merge(far.needed(item.key, item.positions, mark));
    }
    return all;
  }

  /** Gives the leases back before copies are kept, which would go when that is told. */
  private void keepHere(List<Item> unstorable) throws InterruptedException {
    unstorable.forEach(this::end);
    var unused =
        answers(
            ask(
                unstorable,
                item -> far.space.release(item.name, item.token).thenApply(done -> true)));
    for (Item item : unstorable) {
      item.token = 0;
      far.keepAlone(item.key, item.flight, item.entry);
    }
  }

  /** The load has ended, and with it the need to keep the lease. */
  private void end(Item item) {
    if (item.kept != null) {
      item.kept.cancel(false);
      item.kept = null;
    }
    item.flight.disarmForGood();
  }

  private void store(List<Item> leased) throws InterruptedException {
    List<Item> worthIt = new ArrayList<>();
    for (Item item : leased) {
      end(item);
      if (item.entry == null) {
        release(item);
        far.store.fill(item.key, item.flight, null);
      } else {
        worthIt.add(item);
      }
    }
    answers(ask(worthIt, this::fill)).forEach(this::keepFilled);
  }

  private CompletionStage<Space.Filled> fill(Item item) {
    return far.space.fill(
        item.name,
        item.token,
        item.bytes,
        far.liveMillis(item.value),
        Far.tags(item.entry),
        mark,
        item.flight::arm);
  }

  private void keepFilled(Item item, Space.@Nullable Filled filled) {
    if (filled == null || item.entry == null) {
      far.keepAlone(item.key, item.flight, item.entry);
    } else if (!filled.isStored()) {
      far.counters.refusedFills.increment();
    } else if (filled.line() != null) {
      far.keepFilled(item.key, item.flight, item.entry, new Entry.Stamp(item.token, filled.line()));
    }
  }

  /** Waits for somebody else's load. */
  private void await(long pollNanos) throws InterruptedException {
    long nanos = pollNanos;
    for (Item item : open.values()) {
      nanos = Math.min(nanos, item.awaitedNanos);
    }
    Far.await(
        CompletableFuture.anyOf(
            open.values().stream().map(item -> item.change).toArray(CompletableFuture[]::new)),
        nanos);
  }
}
