// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.cache;

import com.alicp.jetcache.embedded.CaffeineCacheBuilder;
import com.alicp.jetcache.support.DefaultCacheMonitor;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.TieredCacheBuilder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.springframework.cache.caffeine.CaffeineCache;

/**
 * The caches in memory that are compared. Each has a maximum size and a time to live from the
 * writing, as its maker's manual has it; what can load is asked with a loader, as it is in use.
 */
public enum CachePeer {
  /** Caffeine itself, which every other row is compared with: a lookup that loads nothing. */
  CAFFEINE("caffeine") {
    @Override
    Lookup filled(List<Long> keys, boolean metrics) {
      Cache<Object, Object> cache = caffeine(keys.size(), metrics);
      keys.forEach(key -> cache.put(key, key));
      return cache::getIfPresent;
    }
  },

  /** Spring's cache over the same. */
  SPRING("spring") {
    @Override
    Lookup filled(List<Long> keys, boolean metrics) {
      CaffeineCache cache = new CaffeineCache(NAME, caffeine(keys.size(), metrics));
      keys.forEach(key -> cache.put(key, key));
      return key -> cache.get(key, () -> unexpected(key));
    }
  },

  /** JetCache with its local cache, which is Caffeine with an expiry for each entry. */
  JETCACHE("jetcache") {
    @Override
    Lookup filled(List<Long> keys, boolean metrics) {
      var builder =
          CaffeineCacheBuilder.createCaffeineCacheBuilder()
              .limit(keys.size())
              .expireAfterWrite(LIFETIME.toMinutes(), TimeUnit.MINUTES);
      if (metrics) {
        builder.addMonitor(new DefaultCacheMonitor(NAME));
      }
      com.alicp.jetcache.Cache<Long, Object> cache = builder.buildCache();
      keys.forEach(key -> cache.put(key, key));
      Function<Long, Object> loader = CachePeer::unexpected;
      return key -> cache.computeIfAbsent(key, loader);
    }
  },

  /** Ours. */
  TOOLKIT("toolkit") {
    @Override
    Lookup filled(List<Long> keys, boolean metrics) {
      TieredCacheBuilder<Long, Object> builder =
          TieredCache.<Long, Object>builder(NAME).maximumSize(keys.size()).timeToLive(LIFETIME);
      if (metrics) {
        builder.meterRegistry(new SimpleMeterRegistry());
      }
      TieredCache<Long, Object> cache = builder.build();
      keys.forEach(key -> cache.get(key, same -> same));
      return key -> cache.get(key, CachePeer::unexpected);
    }
  };

  private static final String NAME = "bench";

  /** Longer than any run. */
  private static final Duration LIFETIME = Duration.ofHours(10);

  private final String label;

  CachePeer(String label) {
    this.label = label;
  }

  /** The name in the tables. */
  public String label() {
    return label;
  }

  /** The labels by name. */
  public static Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    for (CachePeer peer : values()) {
      labels.put(peer.name(), peer.label);
    }
    return labels;
  }

  /**
   * Makes a cache that holds all keys, each as its own value.
   *
   * @param metrics whether it counts hits for a registry or monitor
   */
  abstract Lookup filled(List<Long> keys, boolean metrics);

  private static Cache<Object, Object> caffeine(int size, boolean metrics) {
    Caffeine<Object, Object> builder =
        Caffeine.newBuilder().maximumSize(size).expireAfterWrite(LIFETIME);
    if (!metrics) {
      return builder.build();
    }
    Cache<Object, Object> cache = builder.recordStats().build();
    return CaffeineCacheMetrics.monitor(new SimpleMeterRegistry(), cache, NAME);
  }

  private static Object unexpected(Long key) {
    throw new IllegalStateException("key " + key + " is not there");
  }
}
