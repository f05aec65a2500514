// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** When there are caches, and what keeps an application from starting. */
class InvalidCachesTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(TieredCacheAutoConfiguration.class))
          .withUserConfiguration(Caching.class);

  @Configuration(proxyBeanMethods = false)
  @EnableCaching
  static class Caching {}

  private static String causes(Throwable failure) {
    List<String> messages = new ArrayList<>();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      messages.add(String.valueOf(each.getMessage()));
    }
    return String.join("\n", messages);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "caches.a.time-to-live=0s | caches.a.time-to-live: timeToLive must be more than zero, was"
            + " PT0S (value: PT0S)",
        "caches.a.time-to-live=-1 | caches.a.time-to-live: timeToLive must not be negative",
        "defaults.time-to-live=400d | defaults.time-to-live: timeToLive must not be negative and at"
            + " most PT8784H",
        "caches.a.maximum-size=0 | caches.a.maximum-size: maximumSize must be 1 or more, was 0",
        "defaults.maximum-size=0 | defaults.maximum-size: maximumSize must be 1 or more, was 0",
        "caches.a.jitter=1 | caches.a.jitter: jitter must be 0 to 0.9, was 1.0 (value: 1.0)",
        "caches.a.refresh-ahead=101 | caches.a.refresh-ahead: refreshAhead must be 0 to 100.0",
        "caches.a.stale-on-error=-1s | caches.a.stale-on-error: staleOnError must not be negative",
        "caches.a.load-timeout=0 | caches.a.load-timeout: loadTimeout must be more than zero",
        "caches.a.tier=disk | caches.a.tier",
        "caches.a.time-to-live=soon | caches.a.time-to-live",
        "caches.a.ttl=1s | caches.a.ttl",
        "cache.a.tier=memory | toolkit.cache.cache",
        "caches[a b].tier=memory | name must be 1 to 64 letters, digits",
        "caches.a.tier=redis | caches.a.value-type: must be set for a cache in Redis (value: null)",
        "caches.a.compress-from=big | caches.a.compress-from",
        "redis.timeout=0ms | redis.timeout: timeout must be PT0.001S to PT10S, was PT0S",
        "redis.prefix=a b | redis.prefix: prefix must be 1 to 64 letters",
        "redis.bound=1h | redis.bound: bound must be PT0.3S to PT1M, was PT1H",
        "redis.lease=1ms | redis.lease: lease must be PT0.1S to PT1H, was PT0.001S",
        "redis.uri=http://x | redis.uri: must be an address such as redis://host:6379 (value: not"
            + " shown)",
        "redis.cluster=maybe | redis.cluster"
      })
  void setting_thatBreaksARule_keepsTheApplicationFromStarting(String setting, String message) {
    runner
        .withPropertyValues("toolkit.cache.redis.uri=redis://127.0.0.1:1")
        .withPropertyValues("toolkit.cache." + setting)
        .run(context -> assertThat(causes(context.getStartupFailure())).contains(message));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://:secret@x", "redis://:secret@ x", "redis://", "x:secret"})
  void cacheInACluster_withAnUnreadableAddress_keepsTheApplicationFromStarting(String uri) {
    runner
        .withPropertyValues(
            "toolkit.cache.redis.cluster=true",
            "toolkit.cache.redis.uri=" + uri,
            "toolkit.cache.caches.a.tier=both",
            "toolkit.cache.caches.a.value-type=java.lang.String")
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains(
                        "toolkit.cache.redis.uri: must be an address such as"
                            + " redis://host1:6379,host2:6379 (value: not shown)")
                    .doesNotContain("secret"));
  }

  @Test
  void cacheInRedis_withAnUnknownType_keepsTheApplicationFromStarting() {
    runner
        .withPropertyValues(
            "toolkit.cache.redis.uri=redis://127.0.0.1:1",
            "toolkit.cache.caches.a.tier=both",
            "toolkit.cache.caches.a.value-type=com.example.Gone")
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains(
                        "toolkit.cache.caches.a.value-type: must be a class of the application"
                            + " (value: com.example.Gone)"));
  }

  @Test
  void cacheInRedis_withoutAnAddress_keepsTheApplicationFromStarting() {
    runner
        .withPropertyValues(
            "toolkit.cache.caches.a.tier=both",
            "toolkit.cache.caches.a.value-type=java.lang.String")
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains(
                        "toolkit.cache.redis.uri: must be set, because there are caches in Redis"));
  }

  @Test
  void cacheInRedis_withoutJackson_keepsTheApplicationFromStarting() {
    runner
        .withClassLoader(new FilteredClassLoader(JsonMapper.class))
        .withPropertyValues(
            "toolkit.cache.redis.uri=redis://127.0.0.1:1",
            "toolkit.cache.caches.a.tier=both",
            "toolkit.cache.caches.a.value-type=java.lang.String")
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains("must be in memory where lettuce-core and Jackson 3 are not"));
  }

  @Test
  void cachesOnDemand_haveTheDefaults_andCanBeForbidden() {
    runner
        .withPropertyValues(
            "toolkit.cache.defaults.maximum-size=7", "toolkit.cache.caches.named.time-to-live=60")
        .run(
            context -> {
              TieredCacheManager caches = context.getBean(TieredCacheManager.class);
              assertThat(caches.getCacheNames()).containsExactly("named");

              assertThat(caches.getCache("other")).isSameAs(caches.getCache("other"));
              assertThat(caches.status())
                  .extracting(each -> each.name() + " " + each.tier() + " " + each.settings())
                  .containsExactly(
                      "named MEMORY {maximum-size=7, time-to-live=PT1M}",
                      "other MEMORY {maximum-size=7}");
              assertThatThrownBy(() -> caches.getCache("a b"))
                  .isInstanceOf(IllegalArgumentException.class)
                  .hasMessageContaining("name must be 1 to 64 letters");
            });
    runner
        .withPropertyValues("toolkit.cache.on-demand=false")
        .run(
            context ->
                assertThat(context.getBean(TieredCacheManager.class).getCache("other")).isNull());
  }

  @ParameterizedTest
  @ValueSource(strings = {"toolkit.cache.enabled=false", "spring.cache.type=none"})
  void manager_switchedOff_isNotThere(String property) {
    runner
        .withPropertyValues(property)
        .run(
            context ->
                assertThat(causes(context.getStartupFailure()))
                    .contains(
                        "No qualifying bean of type 'org.springframework.cache.CacheManager'"));
  }

  @Test
  void manager_withoutNeed_isNotThere() {
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(TieredCacheAutoConfiguration.class))
        .run(context -> assertThat(context).doesNotHaveBean(CacheManager.class));
    runner
        .withBean(ConcurrentMapCacheManager.class)
        .run(context -> assertThat(context).doesNotHaveBean(TieredCacheManager.class));
  }
}
