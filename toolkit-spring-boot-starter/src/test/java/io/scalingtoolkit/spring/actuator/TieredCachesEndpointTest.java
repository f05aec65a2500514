// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.spring.cache.CacheStatus;
import io.scalingtoolkit.spring.cache.TieredCacheAutoConfiguration;
import io.scalingtoolkit.spring.cache.TieredCacheManager;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.cache.Cache;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.support.NoOpCacheManager;
import org.springframework.context.annotation.Configuration;

/** What {@code /actuator/tieredcaches} shows and does. */
class TieredCachesEndpointTest {
  private final WebApplicationContextRunner runner =
      new WebApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  TieredCacheAutoConfiguration.class, TieredCachesEndpointAutoConfiguration.class))
          .withUserConfiguration(Caching.class)
          .withPropertyValues(
              "management.endpoints.web.exposure.include=tieredcaches",
              "toolkit.cache.caches.a.time-to-live=1m");

  @Configuration(proxyBeanMethods = false)
  @EnableCaching
  static class Caching {}

  @Test
  void status_showsCaches_andOneCanBeEmptied() {
    runner.run(
        context -> {
          Cache cache =
              Objects.requireNonNull(context.getBean(TieredCacheManager.class).getCache("a"));
          cache.put("k", "v");
          assertThat(cache.get("k")).isNotNull();
          assertThat(cache.get("other")).isNull();
          TieredCachesEndpoint endpoint = context.getBean(TieredCachesEndpoint.class);

          CacheStatus a = endpoint.status().caches().get(0);
          assertThat(a.name() + " " + a.tier() + " " + a.settings())
              .isEqualTo("a MEMORY {time-to-live=PT1M}");
          assertThat(a.entries()).isEqualTo(1);
          assertThat(a.hits()).isEqualTo(1);
          assertThat(a.misses()).isEqualTo(1);
          assertThat(a.hitRate()).isEqualTo(0.5);
          assertThat(a.connected()).isNull();

          assertThat(endpoint.invalidate("a").entries()).isZero();
          assertThat(cache.get("k")).isNull();
        });
  }

  @Test
  void unknownCache_isNotFound_andNotMade() {
    runner.run(
        context -> {
          TieredCachesEndpointWebExtension web =
              context.getBean(TieredCachesEndpointWebExtension.class);

          assertThat(web.invalidate("b").getStatus()).isEqualTo(404);
          assertThat(web.cache("b").getBody())
              .isEqualTo(Map.of("message", "there is no cache named \"b\", but [a]"));
          assertThat(web.cache("a").getStatus()).isEqualTo(200);
          assertThat(context.getBean(TieredCacheManager.class).getCacheNames())
              .containsExactly("a");
        });
  }

  @Test
  void endpoint_withoutCaches_isNotThere() {
    runner
        .withPropertyValues("toolkit.cache.enabled=false")
        .withBean(NoOpCacheManager.class)
        .run(context -> assertThat(context).doesNotHaveBean(TieredCachesEndpoint.class));
  }
}
