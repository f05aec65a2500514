// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisNode;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;

/** Two applications whose caches are in one Redis Cluster. */
class CachesInClusterIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Configuration(proxyBeanMethods = false)
  @EnableCaching
  static class Caching {}

  private static AnnotationConfigApplicationContext application(String uri) {
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "test",
                Map.of(
                    "toolkit.cache.redis.cluster", "true",
                    "toolkit.cache.redis.uri", uri,
                    "toolkit.cache.redis.timeout", "5s", // a busy machine is no outage
                    "toolkit.cache.caches.names.tier", "both",
                    "toolkit.cache.caches.names.value-type", "java.lang.String")));
    context.register(Caching.class, TieredCacheAutoConfiguration.class);
    context.refresh();
    TieredCacheManager caches = context.getBean(TieredCacheManager.class);
    await().atMost(PATIENCE).until(() -> caches.status().get(0).connected());
    return context;
  }

  private static TieredSpringCache cache(AnnotationConfigApplicationContext application) {
    return Objects.requireNonNull(application.getBean(TieredCacheManager.class).getCache("names"));
  }

  @Test
  void values_ofOne_areInAllNodes_andSeenAndForgottenByTheOther() {
    try (RedisCluster cluster = RedisCluster.builder().password("secret").start()) {
      // The first of the named nodes is not there: any will do.
      String nodes =
          "redis://:secret@127.0.0.1:1,127.0.0.1:%d,127.0.0.1:%d"
              .formatted(cluster.nodes().get(1).port(), cluster.nodes().get(2).port());
      try (AnnotationConfigApplicationContext one = application(nodes);
          AnnotationConfigApplicationContext other = application(nodes)) {
        AtomicInteger loads = new AtomicInteger();
        for (long key = 0; key < 30; key++) {
          String name = "name " + key;
          Callable<String> loader =
              () -> {
                loads.incrementAndGet();
                return name;
              };
          assertThat(cache(one).get(key, loader)).isEqualTo(name);
          assertThat(cache(other).get(key, loader)).isEqualTo(name);
        }
        assertThat(loads).hasValue(30);
        for (RedisNode node : cluster.masters()) {
          assertThat(Integer.parseInt(node.command("DBSIZE").text())).isPositive();
        }

        cache(one).evict(7L);

        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(cache(other).get(7L, () -> "new")).isEqualTo("new"));
      }
    }
  }
}
