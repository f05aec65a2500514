// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.spring.cache.TieredCacheAutoConfiguration;
import io.scalingtoolkit.spring.cache.TieredCacheManager;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cache.CacheManager;
import org.springframework.context.annotation.Bean;

/** Adds {@code /actuator/tieredcaches}. */
@AutoConfiguration(after = TieredCacheAutoConfiguration.class)
@ConditionalOnClass({
  CacheManager.class,
  TieredCache.class,
  Endpoint.class,
  ConditionalOnAvailableEndpoint.class
})
@ConditionalOnAvailableEndpoint(TieredCachesEndpoint.class)
@ConditionalOnBean(TieredCacheManager.class)
public final class TieredCachesEndpointAutoConfiguration {
  TieredCachesEndpointAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  TieredCachesEndpoint tieredCachesEndpoint(TieredCacheManager caches) {
    return new TieredCachesEndpoint(caches);
  }

  @Bean
  @ConditionalOnMissingBean
  TieredCachesEndpointWebExtension tieredCachesEndpointWebExtension(TieredCachesEndpoint endpoint) {
    return new TieredCachesEndpointWebExtension(endpoint);
  }
}
