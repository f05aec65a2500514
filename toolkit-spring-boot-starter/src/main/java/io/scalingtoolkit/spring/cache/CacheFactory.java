// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.TieredCacheBuilder;
import io.scalingtoolkit.spring.InvalidPropertyException;
import io.scalingtoolkit.spring.cache.CacheProperties.Entries;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Builds caches as the properties say; thread-safe. */
final class CacheFactory {
  private static final Duration TIME_TO_LIVE = Duration.ofMinutes(5);

  private final CacheProperties properties;
  private final List<CacheCustomizer> customizers;
  private final @Nullable MeterRegistry registry;
  private final Supplier<CacheBackend> backend;
  private final Transactions transactions;

  /**
   * @param backend asked for if there is a cache in Redis
   */
  CacheFactory(
      CacheProperties properties,
      List<CacheCustomizer> customizers,
      @Nullable MeterRegistry registry,
      Supplier<CacheBackend> backend,
      Transactions transactions) {
    this.transactions = transactions;
    this.properties = properties;
    this.customizers = List.copyOf(customizers);
    this.registry = registry;
    this.backend = backend;
  }

  /**
   * A cache that was built; immutable.
   *
   * @param settings properties that are set
   */
  record Built(TieredCache<Object, Object> cache, CacheTier tier, Map<String, Object> settings) {}

  /** Checks the defaults, which would otherwise be found wrong when the first cache is made. */
  void check() {
    var unused = new Setting("defaults", Entries.NONE).applyTo(TieredCache.builder("defaults"));
  }

  /**
   * Builds a cache that the properties name.
   *
   * @throws InvalidPropertyException if a property breaks a rule
   */
  Built named(String name) {
    Entries own = properties.caches().getOrDefault(name, Entries.NONE);
    return build(name, new Setting(name, own), false);
  }

  /**
   * Builds a cache in memory that they do not name.
   *
   * @throws IllegalArgumentException if its name cannot be one
   */
  Built onDemand(String name) {
    return build(name, new Setting(name, Entries.NONE), true);
  }

  private Built build(String name, Setting setting, boolean inMemory) {
    TieredCacheBuilder<Object, Object> builder = TieredCache.builder(name);
    Map<String, Object> settings = setting.applyTo(builder);
    CacheTier tier = setting.of(Entries::tier);
    if (tier == null || inMemory) {
      tier = CacheTier.MEMORY;
    }
    if (tier != CacheTier.MEMORY) {
      share(builder, setting, settings);
    }
    if (tier == CacheTier.REDIS) {
      builder.maximumWeight(1, (key, value) -> 2); // more than fits
    }
    if (registry != null) {
      builder.meterRegistry(registry);
    }
    builder.pinnedReads(transactions::isPinned);
    customizers.forEach(each -> each.customize(name, builder));
    return new Built(builder.build(), tier, settings);
  }

  private void share(
      TieredCacheBuilder<Object, Object> builder, Setting setting, Map<String, Object> settings) {
    String type = setting.of(Entries::valueType);
    if (type == null || type.isBlank()) {
      throw new InvalidPropertyException(
          setting.property(Entries::valueType, "value-type"),
          "must be set for a cache in Redis",
          type);
    }
    Duration own = setting.of(Entries::redisTimeToLive);
    Duration inMemory = setting.of(Entries::timeToLive);
    Duration live = own != null ? own : inMemory != null ? inMemory : TIME_TO_LIVE;
    settings.put("value-type", type);
    settings.put("redis-time-to-live", live);
    DataSize compressFrom = setting.of(Entries::compressFrom);
    if (compressFrom != null) {
      settings.put("compress-from", compressFrom);
    }
    setting.apply(settings, "schema", Entries::schema, builder::schema);
    backend.get().share(builder, setting.section(), type, live, compressFrom);
  }

  /** The settings of one cache, its own before the defaults; immutable. */
  private final class Setting {
    private final String name;
    private final Entries own;

    Setting(String name, Entries own) {
      this.name = name;
      this.own = own;
    }

    <T> @Nullable T of(Function<Entries, @Nullable T> part) {
      T value = part.apply(own);
      return value == null ? part.apply(properties.defaults()) : value;
    }

    String section() {
      return CacheProperties.PREFIX + ".caches." + name;
    }

    /** Names a property where it stands. */
    String property(Function<Entries, ?> part, String named) {
      boolean inherited = part.apply(own) == null && part.apply(properties.defaults()) != null;
      return (inherited ? CacheProperties.PREFIX + ".defaults" : section()) + "." + named;
    }

    private <T> void apply(
        Map<String, Object> set,
        String named,
        Function<Entries, @Nullable T> part,
        Function<T, TieredCacheBuilder<Object, Object>> setter) {
      T value = of(part);
      if (value == null) {
        return;
      }
      try {
        var unused = setter.apply(value);
      } catch (IllegalArgumentException e) {
        throw new InvalidPropertyException(
            property(part, named), String.valueOf(e.getMessage()), value);
      }
      set.put(named, value);
    }

    /** Returns what is set. */
    Map<String, Object> applyTo(TieredCacheBuilder<Object, Object> builder) {
      Map<String, Object> set = new LinkedHashMap<>();
      apply(set, "time-to-live", Entries::timeToLive, builder::timeToLive);
      apply(set, "absent-time-to-live", Entries::absentTimeToLive, builder::absentTimeToLive);
      apply(set, "maximum-size", Entries::maximumSize, builder::maximumSize);
      apply(set, "jitter", Entries::jitter, builder::jitter);
      apply(
          set,
          "stale-while-revalidate",
          Entries::staleWhileRevalidate,
          builder::staleWhileRevalidate);
      apply(set, "stale-on-error", Entries::staleOnError, builder::staleOnError);
      apply(set, "retry-after-failure", Entries::retryAfterFailure, builder::retryAfterFailure);
      apply(set, "refresh-ahead", Entries::refreshAhead, builder::refreshAhead);
      apply(set, "soft-load-timeout", Entries::softLoadTimeout, builder::softLoadTimeout);
      apply(set, "load-timeout", Entries::loadTimeout, builder::loadTimeout);
      return set;
    }
  }
}
