// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.cache.internal.Remote;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.ToIntBiFunction;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link TieredCache}. Durations are more than zero and at most a year unless said
 * otherwise; what breaks its rule is refused at once with an {@link IllegalArgumentException} that
 * names it. Confined.
 */
public final class TieredCacheBuilder<K, V> {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Duration LONGEST = Duration.ofDays(366);

  /** How long positions are kept where no tier says how long. */
  private static final Duration LONGEST_LAG = Duration.ofMinutes(1);

  private static final double MOST_JITTER = 0.9;
  private static final double MOST_EAGER = 100;

  private final String name;
  private long size = 10_000;
  private @Nullable ToIntBiFunction<? super K, ? super V> weigher;
  private Duration timeToLive = Duration.ofMinutes(5);
  private Duration absentTimeToLive = Duration.ZERO;
  private Duration staleWhileRevalidate = Duration.ZERO;
  private Duration staleOnError = Duration.ZERO;
  private Duration retryAfterFailure = Duration.ofSeconds(1);
  private double jitter = 0.1;
  private double refreshAhead;
  private long softNanos = Long.MAX_VALUE;
  private long hardNanos = Long.MAX_VALUE;
  private @Nullable BiFunction<? super K, ? super V, ? extends Collection<String>> tagger;
  private Executor executor = Workers.shared();
  private @Nullable MeterRegistry registry;
  private @Nullable Shared<K, V> shared;
  private String schema = "";
  private @Nullable InvalidationListener<K> afterInvalidation;
  private BooleanSupplier pinned = () -> false;
  private MonotonicClock clock = MonotonicClock.system();
  private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();

  /** Immutable. */
  private record Shared<K, V>(Remote tier, KeyCodec<K> keys, ValueCodec<V> values) {}

  TieredCacheBuilder(String name) {
    if (!NAME.matcher(Objects.requireNonNull(name, "name")).matches()) {
      throw new IllegalArgumentException(
          "name must be 1 to 64 letters, digits, dots, hyphens or underscores, was " + name);
    }
    this.name = name;
  }

  /** Sets how many entries there are at most, 1 or more, 10,000 by default. */
  public TieredCacheBuilder<K, V> maximumSize(long entries) {
    this.size = atLeastOne("maximumSize", entries);
    this.weigher = null;
    return this;
  }

  /**
   * Sets what all entries may weigh together, 1 or more.
   *
   * @param weigher weighs a value when it is loaded, 0 or more, in the unit of the maximum; an
   *     entry that is heavier than all may be is not kept
   */
  public TieredCacheBuilder<K, V> maximumWeight(
      long weight, ToIntBiFunction<? super K, ? super V> weigher) {
    this.size = atLeastOne("maximumWeight", weight);
    this.weigher = Objects.requireNonNull(weigher, "weigher");
    return this;
  }

  private static long atLeastOne(String setting, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(setting + " must be 1 or more, was " + value);
    }
    return value;
  }

  /**
   * Sets how long a value is handed out, counted from the beginning of its load, 5 minutes by
   * default.
   */
  public TieredCacheBuilder<K, V> timeToLive(Duration time) {
    this.timeToLive = positive("timeToLive", time);
    return this;
  }

  /**
   * Sets how long it is remembered that there is no value, zero by default, which is not at all.
   */
  public TieredCacheBuilder<K, V> absentTimeToLive(Duration time) {
    this.absentTimeToLive = notNegative("absentTimeToLive", time);
    return this;
  }

  /**
   * Sets by which part lifetimes are shortened at random at most, so that what was loaded together
   * does not end together: 0 to 0.9, 0.1 by default.
   */
  public TieredCacheBuilder<K, V> jitter(double part) {
    if (!(part >= 0 && part <= MOST_JITTER)) {
      throw new IllegalArgumentException("jitter must be 0 to " + MOST_JITTER + ", was " + part);
    }
    this.jitter = part;
    return this;
  }

  /**
   * Sets how long after its lifetime a value is still handed out while it is loaded again in the
   * background; zero by default.
   */
  public TieredCacheBuilder<K, V> staleWhileRevalidate(Duration time) {
    this.staleWhileRevalidate = notNegative("staleWhileRevalidate", time);
    return this;
  }

  /**
   * Sets how long after its lifetime a value is still handed out when loading it again fails or
   * takes too long; zero by default.
   */
  public TieredCacheBuilder<K, V> staleOnError(Duration time) {
    this.staleOnError = notNegative("staleOnError", time);
    return this;
  }

  /** Sets how long a stale value is not loaded again after that failed, 1 second by default. */
  public TieredCacheBuilder<K, V> retryAfterFailure(Duration time) {
    this.retryAfterFailure = positive("retryAfterFailure", time);
    return this;
  }

  /**
   * Sets how eagerly a value is loaded again in the background before its lifetime ends, 0 to 100:
   * the earlier the longer its load takes, times this; 1 is a good value, and 0 the default, which
   * is not at all.
   */
  public TieredCacheBuilder<K, V> refreshAhead(double eagerness) {
    if (!(eagerness >= 0 && eagerness <= MOST_EAGER)) {
      throw new IllegalArgumentException(
          "refreshAhead must be 0 to " + MOST_EAGER + ", was " + eagerness);
    }
    this.refreshAhead = eagerness;
    return this;
  }

  /**
   * Sets how long a caller waits for a load; for ever by default. The load goes on by itself and is
   * kept when it ends. Loads then run on the executor.
   */
  public TieredCacheBuilder<K, V> loadTimeout(Duration time) {
    this.hardNanos = positive("loadTimeout", time).toNanos();
    return this;
  }

  /**
   * Sets how long a caller waits for a load where a stale value can be handed out instead; as long
   * as without one by default. Otherwise as {@link #loadTimeout}.
   */
  public TieredCacheBuilder<K, V> softLoadTimeout(Duration time) {
    this.softNanos = positive("softLoadTimeout", time).toNanos();
    return this;
  }

  /**
   * Sets what tells the tags of a value, which {@link TieredCache#invalidateTag} forgets it by.
   *
   * @param tagger called after each load; what it throws counts as thrown by the loader
   */
  public TieredCacheBuilder<K, V> tags(
      BiFunction<? super K, ? super V, ? extends Collection<String>> tagger) {
    this.tagger = Objects.requireNonNull(tagger, "tagger");
    return this;
  }

  /**
   * Sets where loads run that are not made in the caller's thread; by default on a few daemon
   * threads that all caches share. Contexts of the caller's thread, such as a transaction, are not
   * there.
   *
   * @param executor runs each task or refuses it with an exception; one that drops tasks in silence
   *     lets whoever waits for them wait for ever
   */
  public TieredCacheBuilder<K, V> executor(Executor executor) {
    this.executor = Objects.requireNonNull(executor, "executor");
    return this;
  }

  /**
   * Adds a tier that processes share. Then an invalidation holds for all of them: at once for this
   * process, and for the others as soon as they are told, which the tier bounds.
   *
   * @param tier a {@link io.scalingtoolkit.cache.redis.RedisTier}
   */
  public TieredCacheBuilder<K, V> shared(SharedTier tier, KeyCodec<K> keys, ValueCodec<V> values) {
    this.shared =
        new Shared<>(
            Objects.requireNonNull(tier, "tier").unwrap(Remote.class),
            Objects.requireNonNull(keys, "keys"),
            Objects.requireNonNull(values, "values"));
    return this;
  }

  /**
   * Names the form that values have in the shared tier, empty by default. A value that was stored
   * under another name counts as not there, and is loaded and stored anew; an invalidation holds
   * for all. Give it another name when a change makes codecs read the bytes of before, or those of
   * before read the new ones, as something else.
   */
  public TieredCacheBuilder<K, V> schema(String name) {
    this.schema = Objects.requireNonNull(name, "schema");
    return this;
  }

  /** Sets who is told of invalidations, such as one who purges a CDN; nobody by default. */
  public TieredCacheBuilder<K, V> afterInvalidation(InvalidationListener<K> listener) {
    this.afterInvalidation = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Sets what tells whether reads of the calling thread go to one server whatever its session asks,
   * such as in a transaction that may have begun on a replica. What is loaded there is not kept if
   * an invalidation asks for more. Never by default.
   */
  public TieredCacheBuilder<K, V> pinnedReads(BooleanSupplier pinned) {
    this.pinned = Objects.requireNonNull(pinned, "pinned");
    return this;
  }

  /** Sets where metrics go; nowhere by default. */
  public TieredCacheBuilder<K, V> meterRegistry(MeterRegistry registry) {
    this.registry = Objects.requireNonNull(registry, "registry");
    return this;
  }

  TieredCacheBuilder<K, V> clock(MonotonicClock clock) {
    this.clock = clock;
    return this;
  }

  TieredCacheBuilder<K, V> random(DoubleSupplier random) {
    this.random = random;
    return this;
  }

  private static Duration positive(String setting, Duration time) {
    if (notNegative(setting, time).isZero()) {
      throw new IllegalArgumentException(setting + " must be more than zero, was " + time);
    }
    return time;
  }

  private static Duration notNegative(String setting, Duration time) {
    Objects.requireNonNull(time, setting);
    if (time.isNegative() || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s must not be negative and at most %s, was %s".formatted(setting, LONGEST, time));
    }
    return time;
  }

  /**
   * Makes the cache.
   *
   * @throws IllegalArgumentException if settings do not go together, or the shared tier has a cache
   *     of that name
   */
  public TieredCache<K, V> build() {
    Lifetimes lifetimes =
        new Lifetimes(
            timeToLive.toNanos(),
            absentTimeToLive.toNanos(),
            jitter,
            staleWhileRevalidate.toNanos(),
            staleOnError.toNanos(),
            refreshAhead,
            random);
    CoarseTicker ticker = new CoarseTicker(shared == null ? clock : shared.tier().clock());
    LocalStore<K, V> store = new LocalStore<>(size, weigher, lifetimes.longestNanos(), ticker);
    Counters counters = new Counters();
    Settings<K, V> settings =
        new Settings<>(
            name, lifetimes, softNanos, hardNanos, retryAfterFailure.toNanos(), tagger, executor);
    Requirements<K> required =
        shared == null
            ? new Requirements<>(clock, LONGEST_LAG.toNanos(), pinned)
            : new Requirements<>(
                shared.tier().clock(), shared.tier().longestLag().toNanos(), pinned);
    CacheCore<K, V> cache =
        new CacheCore<>(
            settings,
            store,
            ticker,
            counters,
            required,
            far(store, counters, required, lifetimes),
            afterInvalidation == null ? null : new Announcer<>(afterInvalidation, executor));
    if (registry != null) {
      cache.bindTo(registry);
    }
    return cache;
  }

  private static int fingerprint(String schema) {
    CRC32C sum = new CRC32C();
    sum.update(schema.getBytes(StandardCharsets.UTF_8));
    return (int) sum.getValue(); // 0 for none
  }

  private @Nullable Far<K, V> far(
      LocalStore<K, V> store, Counters counters, Requirements<K> required, Lifetimes lifetimes) {
    return shared == null
        ? null
        : new Far<>(
            name,
            fingerprint(schema),
            shared.tier(),
            shared.keys(),
            shared.values(),
            store,
            counters,
            required,
            lifetimes.absentNanos(),
            tagger);
  }
}
