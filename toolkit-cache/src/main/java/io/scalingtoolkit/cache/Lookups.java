// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import org.jspecify.annotations.Nullable;

/** Looks keys up for those who load by themselves; thread-safe. */
final class Lookups<K, V> {
  private final Loads<K, V> loads;
  private final LocalStore<K, V> store;
  private final CoarseTicker ticker;
  private final TagEpochs tags;
  private final Counters counters;

  private final Requirements<K> required;

  /** Null without a shared tier. */
  private final @Nullable FarLookups<K, V> far;

  Lookups(
      Loads<K, V> loads,
      LocalStore<K, V> store,
      CoarseTicker ticker,
      TagEpochs tags,
      Counters counters,
      Requirements<K> required,
      @Nullable Far<K, V> far) {
    this.required = required;
    this.loads = loads;
    this.store = store;
    this.ticker = ticker;
    this.tags = tags;
    this.counters = counters;
    this.far = far == null ? null : new FarLookups<>(far);
  }

  /** Looks for what is not in memory. */
  Lookup<V> elsewhere(K key) {
    // All of these before anything is read: what is invalidated after that counts.
    long epoch = tags.now();
    long start = ticker.exact();
    Watch watch = store.watch(key);
    if (far == null) {
      return new Missing(key, start, epoch, watch, null, required.observed(required.of(key)));
    }
    FarLookups.Seen<V> seen =
        far.look(key, start, watch, value -> loads.entry(key, value, start, 0, epoch));
    return seen.isFound()
        ? new Found<>(seen.value())
        : new Missing(key, start, epoch, watch, seen, required.observed(seen.needed()));
  }

  /** What there was; immutable. */
  record Found<V>(@Nullable V value) implements Lookup<V> {
    @Override
    public boolean isPresent() {
      return true;
    }

    @Override
    public boolean fill(@Nullable V other) {
      return false;
    }
  }

  /** Nothing, since a time; thread-safe. */
  private final class Missing implements Lookup<V> {
    private final K key;
    private final long startNanos;
    private final long tagEpoch;
    // Held, since whoever invalidates finds it only as long as somebody does.
    private final Watch watch;
    private final FarLookups.@Nullable Seen<V> seen;
    // Whether the caller's session asks of his load what was required of it.
    private final boolean observed;

    Missing(
        K key,
        long startNanos,
        long tagEpoch,
        Watch watch,
        FarLookups.@Nullable Seen<V> seen,
        boolean observed) {
      this.observed = observed;
      this.key = key;
      this.startNanos = startNanos;
      this.tagEpoch = tagEpoch;
      this.watch = watch;
      this.seen = seen;
    }

    @Override
    public boolean isPresent() {
      return false;
    }

    @Override
    public @Nullable V value() {
      return null;
    }

    @Override
    public boolean fill(@Nullable V value) {
      long took = ticker.exact() - startNanos;
      counters.loads.increment();
      counters.loadNanos.add(took);
      Entry<V> entry = loads.entry(key, value, startNanos, took, tagEpoch);
      boolean kept = observed && (entry == null ? !watch.isPoisoned() : keep(entry));
      if (!kept) {
        counters.refusedFills.increment();
      }
      return kept;
    }

    private boolean keep(Entry<V> entry) {
      return (far == null || seen == null)
          ? store.fill(key, watch, entry)
          : far.fill(key, seen, watch, entry, startNanos);
    }
  }
}
