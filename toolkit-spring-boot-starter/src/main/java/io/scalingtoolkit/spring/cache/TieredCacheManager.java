// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.cache.CacheStats;
import io.scalingtoolkit.spring.StarterMetric;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.CacheManager;

/**
 * The caches of the application. A bean of it; thread-safe. To be closed, which the application
 * does.
 */
public final class TieredCacheManager implements CacheManager, AutoCloseable {
  private final CacheFactory factory;
  private final boolean onDemand;
  private final Transactions transactions;
  private final OpenMisses misses;
  private final @Nullable MeterRegistry registry;
  private final @Nullable CacheBackend backend;
  private final ConcurrentMap<String, Managed> caches = new ConcurrentHashMap<>();

  /** Immutable. */
  private record Managed(
      TieredSpringCache cache, CacheFactory.Built built, @Nullable Meter failures) {}

  /**
   * Creates one with the caches that are named.
   *
   * @param onDemand whether others are made when they are asked for
   * @param backend null if no cache is in Redis
   */
  TieredCacheManager(
      CacheFactory factory,
      Set<String> names,
      boolean onDemand,
      Transactions transactions,
      OpenMisses misses,
      @Nullable MeterRegistry registry,
      @Nullable CacheBackend backend) {
    this.factory = factory;
    this.onDemand = onDemand;
    this.transactions = transactions;
    this.misses = misses;
    this.registry = registry;
    this.backend = backend;
    names.forEach(name -> caches.put(name, managed(name, factory.named(name))));
  }

  private Managed managed(String name, CacheFactory.Built built) {
    LongAdder failures = new LongAdder();
    StarterMetric metric = StarterMetric.CACHE_COMMIT_FAILURES;
    Meter meter =
        registry == null
            ? null
            : FunctionCounter.builder(metric.id(), failures, LongAdder::sum)
                .baseUnit(metric.baseUnit())
                .tag(metric.tagKeys().get(0), name)
                .register(registry);
    TieredSpringCache cache =
        new TieredSpringCache(
            built.cache(),
            built.tier() == CacheTier.MEMORY ? null : new SpringKeyCodec(),
            transactions,
            misses,
            failures);
    return new Managed(cache, built, meter);
  }

  /**
   * Returns a cache; made in memory if the properties do not name it and do not forbid that.
   *
   * @return null if there is none and none is made
   * @throws IllegalArgumentException if one would be made and its name is not 1 to 64 letters,
   *     digits, dots, hyphens or underscores
   */
  @Override
  public @Nullable TieredSpringCache getCache(String name) {
    Managed known = caches.get(name);
    if (known == null && onDemand) {
      known = caches.computeIfAbsent(name, same -> managed(same, factory.onDemand(same)));
    }
    return known == null ? null : known.cache();
  }

  /** Returns the names of the caches there are, sorted. */
  @Override
  public Collection<String> getCacheNames() {
    return List.copyOf(new TreeSet<>(caches.keySet()));
  }

  /** Returns what the caches are and have done, sorted by name. */
  public List<CacheStatus> status() {
    return new TreeMap<>(caches).values().stream().map(this::status).toList();
  }

  private CacheStatus status(Managed managed) {
    CacheFactory.Built built = managed.built();
    CacheStats stats = built.cache().stats();
    CacheBackend shared = built.tier() == CacheTier.MEMORY ? null : backend;
    Map<String, Object> settings = new TreeMap<>();
    built.settings().forEach((name, value) -> settings.put(name, value.toString()));
    return new CacheStatus(
        built.cache().name(),
        built.tier(),
        settings,
        built.cache().size(),
        stats.hits(),
        stats.misses(),
        stats.hitRate(),
        stats.loads(),
        stats.loadFailures(),
        stats.refusedFills(),
        stats.sharedHits(),
        stats.sharedFailures(),
        stats.undecodable(),
        shared == null ? null : shared.isConnected(),
        shared == null ? null : shared.bound());
  }

  /** Ends all caches; they can still be used, and then always load. Redis stays connected. */
  @Override
  public void close() {
    caches
        .values()
        .forEach(
            managed -> {
              managed.built().cache().close();
              if (managed.failures() != null && registry != null) {
                registry.remove(managed.failures());
              }
            });
  }
}
