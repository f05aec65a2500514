// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.spring.InvalidPropertyException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cache.CacheManager;
import org.springframework.cache.interceptor.CacheAspectSupport;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes a {@link TieredCacheManager} the cache manager of an application with {@code
 * EnableCaching}, unless it has one, {@code spring.cache.type} is set, or {@code
 * toolkit.cache.enabled} is false.
 */
@AutoConfiguration(
    beforeName = "org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration",
    afterName = {
      "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure"
          + ".CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass({CacheManager.class, TieredCache.class})
@ConditionalOnBooleanProperty(name = "toolkit.cache.enabled", matchIfMissing = true)
@ConditionalOnProperty(
    name = "spring.cache.type",
    havingValue = "toolkit", // which is none of Boot's: it must not be set
    matchIfMissing = true)
@ConditionalOnBean(CacheAspectSupport.class)
@ConditionalOnMissingBean(CacheManager.class)
@EnableConfigurationProperties(CacheProperties.class)
public final class TieredCacheAutoConfiguration {
  private static final String TRANSACTIONS =
      "org.springframework.transaction.support.TransactionSynchronizationManager";

  TieredCacheAutoConfiguration() {}

  /** Needs the classes of Lettuce and Jackson, so it is apart. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({RedisClient.class, JsonMapper.class})
  static class Shared {
    @Bean
    @ConditionalOnProperty(name = "toolkit.cache.redis.uri")
    RedisCaches cacheBackend(
        CacheProperties properties, ObjectProvider<JsonMapper> mapper, ApplicationContext context) {
      ClassLoader loader = context.getClassLoader();
      return new RedisCaches(
          properties.redis(),
          mapper.getIfUnique(() -> JsonMapper.builder().build()),
          loader == null ? RedisCaches.class.getClassLoader() : loader);
    }
  }

  /** Tells the caches which calls of annotated methods there are. */
  @Bean
  static OpenMisses cacheOpenMisses() {
    return new OpenMisses();
  }

  @Bean
  TieredCacheManager cacheManager(
      CacheProperties properties,
      OpenMisses misses,
      ObjectProvider<CacheBackend> backend,
      ObjectProvider<CacheCustomizer> customizers,
      ObjectProvider<MeterRegistry> registries) {
    MeterRegistry registry = registries.getIfUnique();
    CacheBackend shared = backend.getIfUnique();
    Transactions transactions = transactions(properties);
    CacheFactory factory =
        new CacheFactory(
            properties,
            customizers.orderedStream().toList(),
            registry,
            () -> present(shared, properties.redis()),
            transactions);
    factory.check();
    return new TieredCacheManager(
        factory,
        properties.caches().keySet(),
        properties.onDemand(),
        transactions,
        misses,
        registry,
        shared);
  }

  private static CacheBackend present(@Nullable CacheBackend backend, CacheProperties.Redis redis) {
    if (backend == null) {
      throw redis.uri() == null
          ? new InvalidPropertyException(
              CacheProperties.PREFIX + ".redis.uri",
              "must be set, because there are caches in Redis",
              null)
          : new InvalidPropertyException(
              CacheProperties.PREFIX + ".caches",
              "must be in memory where lettuce-core and Jackson 3 are not on the class path",
              "redis");
    }
    return backend;
  }

  private static Duration longestCommit(CacheProperties properties) {
    Duration longest = properties.longestCommit();
    if (longest.compareTo(Duration.ofMillis(1)) < 0 || longest.compareTo(Duration.ofHours(1)) > 0) {
      throw new InvalidPropertyException(
          CacheProperties.PREFIX + ".longest-commit", "must be 1 ms to 1 h", longest);
    }
    return longest;
  }

  private static Transactions transactions(CacheProperties properties) {
    return ClassUtils.isPresent(TRANSACTIONS, TieredCacheManager.class.getClassLoader())
        ? new SpringTransactions(
            properties.fillInTransactions(),
            properties.twoPhase() ? longestCommit(properties) : null)
        : Transactions.NONE;
  }
}
